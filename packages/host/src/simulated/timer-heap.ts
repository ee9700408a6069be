/** Something that is to happen at a time; `order` decides between those of one moment. */
export interface DueTimer {
  readonly due: number
  readonly order: number
  readonly action: () => void
  cancelled: boolean
}

/** Timers by when they are due: a binary heap, for a simulation sets many and fires most. */
export class TimerHeap {
  readonly #heap: DueTimer[] = []

  add(timer: DueTimer): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(timer)
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above] as DueTimer
      if (!isBefore(timer, parent)) break
      heap[at] = parent
      at = above
    }
    heap[at] = timer
  }

  /** The next timer that was not cancelled. */
  first(): DueTimer | undefined {
    while (this.#heap[0]?.cancelled) this.#removeFirst()
    return this.#heap[0]
  }

  /** Takes the next timer that was not cancelled out of the heap. */
  take(): DueTimer | undefined {
    const first = this.first()
    if (first !== undefined) this.#removeFirst()
    return first
  }

  #removeFirst(): void {
    const heap = this.#heap
    const moved = heap.pop() as DueTimer
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      const right = heap[below + 1]
      if (right !== undefined && isBefore(right, heap[below] as DueTimer)) below++
      const child = heap[below] as DueTimer
      if (!isBefore(child, moved)) break
      heap[at] = child
      at = below
    }
    heap[at] = moved
  }
}

function isBefore(left: DueTimer, right: DueTimer): boolean {
  return left.due < right.due || (left.due === right.due && left.order < right.order)
}
