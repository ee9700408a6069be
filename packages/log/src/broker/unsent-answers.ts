import { answerBytesMax, answerRoomBytesMin } from '../limits.js'

/**
 * The bytes of large answers that clients have not taken yet, over all connections. Who makes
 * another one asks how large it may be: the more is unsent, the less, so that many slow clients
 * together take little more than `answerBytesMax`.
 */
export class UnsentAnswers {
  #bytes = 0

  add(bytes: number): void {
    this.#bytes += bytes
  }

  sent(bytes: number): void {
    this.#bytes -= bytes
  }

  /** Bytes that one more answer may have. */
  get room(): number {
    return Math.max(answerRoomBytesMin, Math.floor((answerBytesMax - this.#bytes) / 4))
  }
}
