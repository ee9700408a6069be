/** A feature of a cluster: something that its brokers must agree on (KIP-584). */
export interface Feature {
  readonly name: string
  /** The levels that the broker could be at. */
  readonly min: number
  readonly max: number
  /** The level that it is at; 0 where the feature is not in use. */
  readonly level: number
}

/** What Apache Kafka 4.3 tells of itself, as far as the broker keeps it. */
export const features: readonly Feature[] = [
  // The newer group protocol (KIP-848).
  { name: 'group.version', min: 0, max: 1, level: 1 },
  { name: 'metadata.version', min: 7, max: 30, level: 30 },
  // 1: the records of transactions have tags. 2: every end raises the epoch (KIP-890).
  { name: 'transaction.version', min: 0, max: 2, level: 2 },
]

/** Grows with each change of a level. There are none. */
export const featuresEpoch = 0
