/**
 * Records whose values have an Avro schema, or none, straight from the text of a request to how they stand
 * in a batch, without a value in between. Each API has its own file that knows what stands around
 * a value (`v2/transcription.ts`, `v3/transcription.ts`); this is what they share.
 */
import { isUtf8 } from 'node:buffer'
import { JsonText } from '@millrace/event'
import {
  type EncodedHeaders,
  headerBytesBound,
  headerName,
  partitionOf,
  RecordWriter,
  recordOverheadBound,
} from '@millrace/log'
import { AvroBytes, type StraightPayload } from '@millrace/schema'
import { recordBytesMax } from './limits.js'
import type { Payload } from './payload.js'
import { commonHeaders, eventTime, type Intake, type Prepared } from './prepare.js'

const idHeader = headerName('ce_id')
const timeHeader = headerName('ce_time')

/** What a value is thought to take at most; one that takes more is written again. */
const valueBytesGuess = 1024

/** One text, and what its records have in common. */
export interface Reading {
  readonly text: JsonText
  /** Where all go, where the request says so. */
  readonly partition: number | undefined
  readonly payload: Payload
  readonly straight: StraightPayload
  readonly intake: Intake
  readonly headers: EncodedHeaders
  /** The numbers of the fields that the topic's policy names, in the schema of its values. */
  readonly keyField: number | undefined
  readonly idField: number | undefined
  readonly timeField: number | undefined
  readonly withIds: boolean
}

const nothing: Buffer = Buffer.alloc(0)

export class RecordTranscription {
  readonly #writer = new RecordWriter()
  readonly #out = new AvroBytes(nothing)
  /** What the last request of a schema had in common, and by what; most are like it. */
  readonly #last = new WeakMap<Payload, { intake: Intake; headers: EncodedHeaders }>()
  /** A part of something: of the body, of a text that was made. */
  readonly #part = { bytes: nothing, start: 0, end: 0 }

  /** Undefined where its values do not go straight, or it is not UTF-8. */
  begin(
    body: Buffer,
    partition: number | undefined,
    payload: Payload,
    intake: Intake,
    withIds: boolean,
  ): Reading | undefined {
    const { straight } = payload
    if (straight === undefined || !isUtf8(body)) return undefined
    const { policy } = intake
    const field = (name: string | undefined) =>
      name === undefined ? undefined : straight.transcoder.field(name)
    return {
      text: new JsonText(body),
      ...{ partition, payload, straight, intake, withIds },
      headers: this.#headers(payload, intake),
      keyField: field(policy.keyField),
      idField: field(policy.idField),
      timeField: field(policy.timeField),
    }
  }

  /** To be called when a reading is over: the body is not kept until the next one comes. */
  release(): void {
    this.#part.bytes = nothing
  }

  #headers(payload: Payload, intake: Intake): EncodedHeaders {
    const last = this.#last.get(payload)
    if (last !== undefined) {
      const { topic, policy, source } = last.intake
      const isAlike = topic === intake.topic && policy === intake.policy && source === intake.source
      if (isAlike) return last.headers
    }
    const headers = commonHeaders(payload, intake)
    this.#last.set(payload, { intake, headers })
    return headers
  }

  /** Writes the value that is next; says whether it could. */
  value({ text, straight }: Reading): boolean {
    const out = this.#out
    const start = text.at
    for (let guess = valueBytesGuess; guess < recordBytesMax * 4; guess *= 4) {
      this.#writer.begin(guess)
      out.bytes = this.#writer.bytes
      out.at = this.#writer.valueAt
      out.raw(straight.head)
      if (!straight.transcoder.transcode(text, out)) return false
      if (!out.hasOverflowed) return true
      text.at = start
    }
    return false
  }

  /** Bytes of the value that was written last. */
  get valueBytes(): number {
    return this.#out.at - this.#writer.valueAt
  }

  /**
   * The value that was written, with what stands around it; its key is this part of the text, none
   * where `keyStart` is negative. Undefined where it is too large.
   */
  prepared(reading: Reading, keyStart: number, keyEnd: number): Prepared | undefined {
    const { intake, headers, withIds } = reading
    const part = this.#part
    const writer = this.#writer
    let { partition } = reading
    // As `recordBytesBound` counts them.
    let bytes = recordOverheadBound + this.#out.at - writer.valueAt + headers.bytes.length
    if (keyStart >= 0) this.#take(reading.text.bytes, keyStart, keyEnd)
    if (keyStart >= 0 || this.#takeScalar(reading, reading.keyField)) {
      writer.endValue(this.#out.at, part.bytes, part.start, part.end)
      bytes += part.end - part.start
      partition ??= partitionOf(part.bytes, intake.partitions, part.start, part.end)
    } else {
      writer.endValue(this.#out.at, null, 0, 0)
      partition ??= intake.keyless
    }
    writer.headerCount(headers.count + 2)
    writer.common(headers)
    if (!this.#takeScalar(reading, reading.idField) || part.end === part.start) {
      const id = Buffer.from(intake.random.uuid(), 'latin1')
      this.#take(id, 0, id.length)
    }
    writer.header(idHeader, part.bytes, part.start, part.end)
    const id = withIds ? part.bytes.toString('utf8', part.start, part.end) : ''
    const time = intake.envelopes.timeText(this.#time(reading) ?? intake.now)
    bytes +=
      headerBytesBound('ce_id', part.end - part.start) + headerBytesBound('ce_time', time.length)
    if (bytes > recordBytesMax) return undefined
    writer.header(timeHeader, time)
    return { partition, record: writer.end(intake.now), id }
  }

  /** When the event happened, where it says so. */
  #time(reading: Reading): number | undefined {
    const { payload, intake, timeField } = reading
    const { policy } = intake
    const given = fieldValue(reading, timeField)
    if (given === undefined) return undefined
    return eventTime(payload, { [policy.timeField ?? '']: given }, policy)
  }

  #take(bytes: Buffer, start: number, end: number): void {
    this.#part.bytes = bytes
    this.#part.start = start
    this.#part.end = end
  }

  /** Takes the text of a field's value, where it is a string, a number, true or false. */
  #takeScalar(reading: Reading, field: number | undefined): boolean {
    const { text, straight } = reading
    const start = field === undefined ? -1 : (straight.transcoder.starts[field] as number)
    if (start < 0) return false
    text.at = start
    const end = text.plainStringEnd()
    if (end >= 0) {
      this.#take(text.bytes, start + 1, end)
      return true
    }
    const value = fieldValue(reading, field)
    if (typeof value === 'object') return false
    const bytes = Buffer.from(String(value))
    this.#take(bytes, 0, bytes.length)
    return true
  }
}

/** The value of a field in the last text; undefined where it was left out. */
function fieldValue({ text, straight }: Reading, field: number | undefined): unknown {
  const { starts, ends } = straight.transcoder
  const start = field === undefined ? -1 : (starts[field] as number)
  if (start < 0) return undefined
  text.at = start
  const number = text.number()
  // Beyond that, digits would be lost; and what is no number is NaN.
  if (Math.abs(number) <= Number.MAX_SAFE_INTEGER) return number
  return text.parse(start, ends[field as number] as number)
}
