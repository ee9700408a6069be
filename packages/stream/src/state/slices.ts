import type { AlignedWindows } from '../plan/window-node.js'

/**
 * How the windows of an operator are cut into slices, so that a row is kept once however many
 * windows it is in. Times are milliseconds; a slice is known by its start, and a window by the
 * start of its last slice, which no two windows share.
 *
 * - TUMBLE: a window is one slice.
 * - HOP: slices as long as the slide. The slice at `s` is in the windows that end with the slices
 *   `s`, `s + slide`, …, `s + size - slide`.
 * - CUMULATE: slices as long as the step, in spans of the largest window. The slice at `s` is in
 *   the windows that end with `s` and each later slice of its span.
 *
 * Where rows have their windows already, each slice is one window whatever the kind: rows of the
 * window's last slice are all there are.
 */
export class Slices {
  readonly sliceMs: number
  readonly offsetMs: number
  private readonly kind: AlignedWindows['kind']
  private readonly sizeMs: number

  constructor(windows: AlignedWindows, isAssigned = false) {
    this.offsetMs = windows.offsetMs
    this.sliceMs = sliceOf(windows)
    this.kind = isAssigned ? 'tumble' : windows.kind
    this.sizeMs = isAssigned ? this.sliceMs : windows.sizeMs
  }

  /** What a state that was kept for other slices differs in. */
  get parameters(): Readonly<Record<string, number | string>> {
    const { kind, sizeMs, sliceMs } = this
    return kind === 'tumble' ? { sizeMs } : { kind, sizeMs, sliceMs }
  }

  /** The first slice of the window that ends with the slice at `last`. */
  firstOf(last: number): number {
    switch (this.kind) {
      case 'tumble':
        return last
      case 'hop':
        return last - this.sizeMs + this.sliceMs
      case 'cumulate':
        return this.spanOf(last)
    }
  }

  /** The last slice of the last window that the slice at `start` is in. */
  lastOf(start: number): number {
    switch (this.kind) {
      case 'tumble':
        return start
      case 'hop':
        return start + this.sizeMs - this.sliceMs
      case 'cumulate':
        return this.spanOf(start) + this.sizeMs - this.sliceMs
    }
  }

  /** The last instant of the slice, and so of the window that ends with it. */
  lastInstantOf(start: number): number {
    return start + this.sliceMs - 1
  }

  /** True when no window that the slice is in ends after this instant. */
  isOver(start: number, throughMs: number): boolean {
    return this.lastInstantOf(this.lastOf(start)) <= throughMs
  }

  /** The windows that a slice is in and that end after one instant and not after another. */
  *windowsOf(start: number, afterMs: number, throughMs: number): Generator<number> {
    const { sliceMs } = this
    const last = this.lastOf(start)
    const passed = Math.max(0, Math.floor((afterMs - this.lastInstantOf(start)) / sliceMs) + 1)
    const from = Number.isFinite(afterMs) ? start + passed * sliceMs : start
    for (let window = from; window <= last; window += sliceMs) {
      if (this.lastInstantOf(window) > throughMs) return
      yield window
    }
  }

  /** The slices of a window, in order. */
  *slicesOf(last: number): Generator<number> {
    for (let slice = this.firstOf(last); slice <= last; slice += this.sliceMs) yield slice
  }

  /**
   * The slices of a window in the order in which Flink brings them together, which shows in what
   * goes by the order of rows: those of HOP from the last on.
   */
  *inFlinksOrder(last: number): Generator<number> {
    if (this.kind !== 'hop') {
      yield* this.slicesOf(last)
      return
    }
    const first = this.firstOf(last)
    for (let slice = last; slice >= first; slice -= this.sliceMs) yield slice
  }

  private spanOf(start: number): number {
    const { sizeMs } = this
    const within = (((start - this.offsetMs) % sizeMs) + sizeMs) % sizeMs
    return start - within
  }
}

function sliceOf(windows: AlignedWindows): number {
  switch (windows.kind) {
    case 'tumble':
      return windows.sizeMs
    case 'hop':
      return windows.slideMs
    case 'cumulate':
      return windows.stepMs
  }
}
