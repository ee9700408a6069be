/** What groups have to know of a topic. */
export interface GroupTopic {
  readonly id: string
  readonly name: string
  /** How many there are. */
  readonly partitions: number
}

/** The topics, as groups see them. */
export interface GroupTopics {
  /** Another one after each change of any topic. */
  readonly revision: number
  get(name: string): GroupTopic | undefined
  byId(id: string): GroupTopic | undefined
  names(): Iterable<string>
}
