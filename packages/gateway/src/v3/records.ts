/**
 * `POST /v3/clusters/{id}/topics/{topic}/records`: one record after another in the body, as long as
 * the sender goes on, and for each an answer object, in the same order, as soon as it is done. The
 * status is 200 once the first is read; what goes wrong with a record is told in its place.
 *
 * Records are read on while earlier ones wait for their answers, up to `streamRecordsMax`, and while
 * the sender reads what it is answered.
 */
import { GatewayError, gatewayErrors } from '../errors.js'
import type { Bodies } from '../http/bodies.js'
import { type HttpRequest, type HttpResponse, toGatewayError, whenOver } from '../http/exchange.js'
import { bodyBytesMax, streamIdleMsMax, streamRecordsMax } from '../limits.js'
import { errorLine } from './answer.js'
import { JsonObjects } from './json-objects.js'

/** Gives the answer line of a record, which was sent in these bytes. May reject. */
export type AnswerRecord = (sent: Buffer) => Promise<string>

export class RecordStream {
  readonly #request: HttpRequest
  readonly #response: HttpResponse
  readonly #answerRecord: AnswerRecord
  readonly #objects = new JsonObjects(bodyBytesMax)
  /** Answers to come, in the order of the records. */
  readonly #answers: Promise<string>[] = []
  #isWriting = false
  #isRead = false
  #done: () => void = () => {}
  #onRead: () => void = () => {}

  constructor(request: HttpRequest, response: HttpResponse, answerRecord: AnswerRecord) {
    this.#request = request
    this.#response = response
    this.#answerRecord = answerRecord
  }

  /** Resolves when all is answered, or the sender is gone; `onRead` is told when no more is read. */
  run(bodies: Bodies, onRead: () => void): Promise<void> {
    const request = this.#request
    this.#onRead = onRead
    return new Promise((resolve) => {
      const watch = bodies.watch(streamIdleMsMax, () => {
        this.#push(gatewayErrors.slow(streamIdleMsMax))
        this.#endReading()
      })
      this.#done = () => {
        watch.close()
        resolve()
      }
      request.on('data', (chunk: Buffer) => {
        watch.extend()
        this.#receive(chunk)
      })
      request.on('end', () => {
        const rest = this.#isRead ? undefined : this.#objects.end()
        if (rest !== undefined) this.#take(rest)
        this.#endReading()
      })
      this.#response.on('drain', () => {
        watch.extend()
        void this.#write()
      })
      whenOver(request, this.#response, () => this.#done())
      request.on('error', () => this.#done())
    })
  }

  /** Takes no more records; those that were read are answered. */
  endReading(): void {
    this.#endReading()
  }

  /**
   * The body cannot be read on: that is told behind the answers of those that were read. False
   * where there are none, and nothing happens: then it is for the status to tell.
   */
  fail(error: GatewayError): boolean {
    if (this.#isRead) return true
    if (this.#answers.length === 0 && !this.#response.headersSent) return false
    this.#push(error)
    this.#endReading()
    return true
  }

  #receive(chunk: Buffer): void {
    if (this.#isRead) return
    try {
      for (const bytes of this.#objects.push(chunk)) this.#take(bytes)
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause
      this.#push(gatewayErrors.tooLarge(bodyBytesMax))
      this.#endReading()
    }
    this.#pace()
  }

  #take(bytes: Buffer): void {
    this.#push(this.#answerRecord(bytes))
  }

  #push(answer: Promise<string> | GatewayError): void {
    const line =
      answer instanceof GatewayError
        ? Promise.resolve(errorLine(answer))
        : answer.catch((cause) => errorLine(toGatewayError(cause)))
    this.#answers.push(line)
    void this.#write()
  }

  #endReading(): void {
    if (this.#isRead) return
    this.#isRead = true
    this.#onRead()
    // What still comes is dropped.
    this.#request.resume()
    void this.#write()
  }

  /** Reads on, or not. */
  #pace(): void {
    if (this.#isRead) return
    const isFull = this.#answers.length >= streamRecordsMax || this.#response.writableNeedDrain
    if (isFull) this.#request.pause()
    else if (this.#request.isPaused()) this.#request.resume()
  }

  async #write(): Promise<void> {
    if (this.#isWriting) return
    this.#isWriting = true
    const response = this.#response
    while (!response.destroyed && !response.writableNeedDrain) {
      const next = this.#answers[0]
      if (next === undefined) break
      const line = await next
      this.#answers.shift()
      if (response.destroyed) break
      if (!response.headersSent) this.#writeHead()
      response.write(line)
      this.#pace()
    }
    this.#isWriting = false
    if (!this.#isRead || this.#answers.length > 0 || response.writableEnded) return
    if (!response.headersSent) this.#writeHead()
    // Of a body that was not read to its end the rest would be taken for a request.
    const { socket, complete } = this.#request
    if (!complete) response.once('close', () => socket.destroySoon())
    response.end()
  }

  #writeHead(): void {
    const isCut = this.#isRead && !this.#request.complete
    this.#response.writeHead(200, {
      'content-type': 'application/json',
      ...(isCut && { connection: 'close' }),
    })
  }
}
