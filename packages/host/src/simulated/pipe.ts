import type { Random } from '../random.js'
import type { SimulatedClock } from './clock.js'

/** How a network treats what is sent over it; may be changed at any time. */
export interface NetworkConditions {
  /** How long bytes are under way. */
  latencyMsMin: number
  latencyMsMax: number
  /** The part of writes that arrive in pieces, with time between them; 0 to 1. */
  splitShare: number
  /** The part of connects that are refused though somebody listens; 0 to 1. */
  refusedShare: number
  /** The part of connections that are cut within `cutAfterMsMax`; 0 to 1. */
  cutShare: number
  cutAfterMsMax: number
}

/** Bytes that one side may have under way before its writes wait. */
const windowBytes = 64 * 1024

/** Who takes what comes out of a pipe. */
export interface Receiver {
  /** Takes bytes; false when it wants no more until it calls `resume`. */
  receive(bytes: Buffer): boolean
  /** No more bytes will come: the other side ended. */
  ended(): void
}

/**
 * One direction of a connection: bytes come out in the order in which they went in, some time
 * later, perhaps in other pieces.
 *
 * Invariants: `#underWay` is in the order of arrival; what has arrived waits in `#arrived` while
 * the receiver wants no more or the network is split; after `cut` nothing comes out.
 */
export class Pipe {
  readonly #clock: SimulatedClock
  readonly #random: Random
  readonly #conditions: NetworkConditions
  readonly #isSplit: () => boolean
  readonly #receiver: Receiver
  readonly #underWay: (Buffer | undefined)[] = []
  readonly #arrived: (Buffer | undefined)[] = []
  #waiting: (() => void)[] = []
  #bytes = 0
  #lastDue = 0
  #isPaused = false
  #isCut = false

  constructor(
    clock: SimulatedClock,
    random: Random,
    conditions: NetworkConditions,
    isSplit: () => boolean,
    receiver: Receiver,
  ) {
    this.#clock = clock
    this.#random = random
    this.#conditions = conditions
    this.#isSplit = isSplit
    this.#receiver = receiver
  }

  /** Sends bytes, which are the pipe's from now on; `taken` is called when more may be sent. */
  send(bytes: Buffer, taken: () => void): void {
    this.#bytes += bytes.length
    const isInPieces = bytes.length > 1 && this.#random.float() < this.#conditions.splitShare
    const at = isInPieces ? 1 + this.#random.below(bytes.length - 1) : bytes.length
    this.#put(bytes.subarray(0, at))
    if (isInPieces) this.#put(bytes.subarray(at))
    if (this.#bytes <= windowBytes) taken()
    else this.#waiting.push(taken)
  }

  /** Says that nothing more will be sent. */
  end(): void {
    this.#put(undefined)
  }

  /** The receiver wants more. */
  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.deliver()
  }

  /** Hands out what has arrived, as far as the receiver and the network let it. */
  deliver(): void {
    while (this.#arrived.length > 0 && !this.#isPaused && !this.#isCut && !this.#isSplit()) {
      const bytes = this.#arrived.shift()
      if (bytes === undefined) {
        this.#receiver.ended()
        continue
      }
      this.#bytes -= bytes.length
      this.#isPaused = !this.#receiver.receive(bytes)
      if (this.#bytes <= windowBytes) for (const taken of this.#waiting.splice(0)) taken()
    }
  }

  /** Ends it, after a part of what was under way came out. */
  cut(): void {
    if (this.#isCut) return
    const left = [...this.#arrived.splice(0), ...this.#underWay.splice(0)]
    let kept = this.#random.below(this.#bytes + 1)
    for (const bytes of left) {
      if (bytes === undefined || kept === 0 || this.#isSplit()) break
      const part = bytes.subarray(0, kept)
      kept -= part.length
      this.#receiver.receive(part)
    }
    this.silence()
  }

  /** Nothing comes out any more. */
  silence(): void {
    this.#isCut = true
    this.#waiting = []
  }

  #put(bytes: Buffer | undefined): void {
    if (this.#isCut) return
    const { latencyMsMin, latencyMsMax } = this.#conditions
    const latencyMs = latencyMsMin + this.#random.float() * (latencyMsMax - latencyMsMin)
    const now = this.#clock.monotonic()
    this.#lastDue = Math.max(this.#lastDue, now + latencyMs)
    this.#underWay.push(bytes)
    this.#clock.after(this.#lastDue - now, () => {
      if (this.#isCut) return
      this.#arrived.push(this.#underWay.shift())
      this.deliver()
    })
  }
}
