/**
 * Items that are taken out by their rank, the least first. Of the same rank the order is that of
 * Java's PriorityQueue, on which Flink's choice between matches with the same first row depends: a
 * binary heap, whose items change places as others come and go.
 */
export class MatchQueue<Item> {
  private items: Item[] = []
  private readonly rank: (item: Item) => number

  constructor(rank: (item: Item) => number) {
    this.rank = rank
  }

  get isEmpty(): boolean {
    return this.items.length === 0
  }

  get first(): Item | undefined {
    return this.items[0]
  }

  [Symbol.iterator](): Iterator<Item> {
    return this.items[Symbol.iterator]()
  }

  add(item: Item): void {
    this.items.push(item)
    let at = this.items.length - 1
    while (at > 0) {
      const parent = (at - 1) >>> 1
      const above = this.items[parent] as Item
      if (this.rank(item) >= this.rank(above)) break
      this.items[at] = above
      at = parent
    }
    this.items[at] = item
  }

  /** The first item, which must be there. */
  take(): Item {
    const [first] = this.items
    const last = this.items.pop()
    if (first === undefined || last === undefined) throw new RangeError('the queue is empty')
    if (this.items.length > 0) this.sink(0, last)
    return first
  }

  /** Keeps the items for which it holds. */
  keep(isKept: (item: Item) => boolean): void {
    const kept = this.items.filter(isKept)
    if (kept.length === this.items.length) return
    this.items = kept
    for (let at = (kept.length >>> 1) - 1; at >= 0; at--) this.sink(at, kept[at] as Item)
  }

  /** Puts an item at a place, or as far below as there are lesser ones. */
  private sink(from: number, item: Item): void {
    const { items } = this
    let at = from
    for (let child = 2 * at + 1; child < items.length; child = 2 * at + 1) {
      const right = child + 1
      const isRight =
        right < items.length && this.rank(items[child] as Item) > this.rank(items[right] as Item)
      const lesser = isRight ? right : child
      if (this.rank(item) <= this.rank(items[lesser] as Item)) break
      items[at] = items[lesser] as Item
      at = lesser
    }
    items[at] = item
  }
}
