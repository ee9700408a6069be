/** Where a part finds its project, and puts its data. */
export interface Folders {
  /** A project of Avro alone. */
  project: string
  /** A data folder that nobody had before. */
  data(): string
}
