/** What became of a topic's events since the gateway started. */
export interface TopicCounts {
  topic: string
  /** In the log. */
  accepted: number
  /** Refused for what they are; their sender was told. */
  refused: number
  /** Good, but the log did not take them; their sender was told. */
  failed: number
}

/** Counts by topic. Only topics that exist are counted, so that a caller cannot fill it. */
export class Counts {
  readonly #topics = new Map<string, TopicCounts>()

  add(topic: string, more: { accepted: number; refused: number; failed: number }): void {
    let counts = this.#topics.get(topic)
    if (counts === undefined) {
      counts = { topic, accepted: 0, refused: 0, failed: 0 }
      this.#topics.set(topic, counts)
    }
    counts.accepted += more.accepted
    counts.refused += more.refused
    counts.failed += more.failed
  }

  /** Copies, sorted by topic. */
  all(): TopicCounts[] {
    return [...this.#topics.values()]
      .map((counts) => ({ ...counts }))
      .sort((a, b) => (a.topic < b.topic ? -1 : 1))
  }
}
