/** What became of a topic's events since the gateway started. */
export interface TopicCounts {
  topic: string
  /** In the log. */
  accepted: number
  /** Refused for what they are; their sender was told. */
  refused: number
  /** Good, but the log did not take them; their sender was told, or they are dead letters. */
  failed: number
  /** Acknowledged from the spool, and not in the log yet. */
  spooled: number
}

/** Counts by topic. Only topics that exist are counted, so that a caller cannot fill it. */
export class Counts {
  readonly #topics = new Map<string, TopicCounts>()

  add(topic: string, more: Partial<Omit<TopicCounts, 'topic'>>): void {
    let counts = this.#topics.get(topic)
    if (counts === undefined) {
      counts = { topic, accepted: 0, refused: 0, failed: 0, spooled: 0 }
      this.#topics.set(topic, counts)
    }
    counts.accepted += more.accepted ?? 0
    counts.refused += more.refused ?? 0
    counts.failed += more.failed ?? 0
    counts.spooled += more.spooled ?? 0
  }

  /** Copies, sorted by topic. */
  all(): TopicCounts[] {
    return [...this.#topics.values()]
      .map((counts) => ({ ...counts }))
      .sort((a, b) => (a.topic < b.topic ? -1 : 1))
  }
}
