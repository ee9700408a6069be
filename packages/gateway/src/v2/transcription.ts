/**
 * Requests of the v2 API straight from their text (`record-transcription.ts`). What is as most
 * requests are goes this way: records of a value, with a key or without one. At the first thing
 * that is not, or does not fit, it gives up, and nothing has happened: the request is then read as
 * any other, and what is wrong with it is found there.
 */
import {
  closeBrace,
  closeBracket,
  colon,
  comma,
  type JsonText,
  openBrace,
  openBracket,
} from '@millrace/event'
import { requestRecordsMax } from '../limits.js'
import type { Payload } from '../payload.js'
import type { Intake, Prepared } from '../prepare.js'
import type { Reading, RecordTranscription } from '../record-transcription.js'

const recordsMember = Buffer.from('"records"')
const valueMember = Buffer.from('"value"')
const keyMember = Buffer.from('"key"')
const nullText = Buffer.from('null')

export class Transcription {
  readonly #shared: RecordTranscription

  constructor(shared: RecordTranscription) {
    this.#shared = shared
  }

  /**
   * The records of a request, which go to `partition` where its path names one; undefined where it
   * gives up. Their ids are told where they are asked for, else they are ''.
   */
  records(
    body: Buffer,
    partition: number | undefined,
    payload: Payload,
    intake: Intake,
    withIds: boolean,
  ): Prepared[] | undefined {
    const reading = this.#shared.begin(body, partition, payload, intake, withIds)
    if (reading === undefined) return undefined
    try {
      return this.#records(reading)
    } finally {
      this.#shared.release()
    }
  }

  #records(reading: Reading): Prepared[] | undefined {
    const { text } = reading
    if (!text.take(openBrace)) return undefined
    text.next()
    if (!text.takeBytes(recordsMember) || !text.take(colon) || !text.take(openBracket)) {
      return undefined
    }
    const records: Prepared[] = []
    do {
      const record = this.#record(reading)
      if (record === undefined) return undefined
      records.push(record)
    } while (records.length < requestRecordsMax && text.take(comma))
    const isWhole = text.take(closeBracket) && text.take(closeBrace) && Number.isNaN(text.next())
    return isWhole ? records : undefined
  }

  #record(reading: Reading): Prepared | undefined {
    const { text } = reading
    const shared = this.#shared
    if (!text.take(openBrace)) return undefined
    let hasValue = false
    let hasKey = false
    let keyStart = -1
    let keyEnd = -1
    do {
      text.next()
      if (!hasValue && text.takeBytes(valueMember)) {
        hasValue = true
        if (!text.take(colon)) return undefined
        text.next()
        if (!shared.value(reading)) return undefined
      } else if (!hasKey && text.takeBytes(keyMember)) {
        hasKey = true
        if (!text.take(colon)) return undefined
        text.next()
        if (text.takeBytes(nullText)) continue
        // Stored as it was sent.
        keyStart = text.at
        if (!passKey(text)) return undefined
        keyEnd = text.at
      } else {
        return undefined
      }
    } while (text.take(comma))
    if (!hasValue || !text.take(closeBrace)) return undefined
    const end = text.at
    const prepared = shared.prepared(reading, keyStart, keyEnd)
    text.at = end
    return prepared
  }
}

/** Passes over a key, if it is one. */
function passKey(text: JsonText): boolean {
  const start = text.at
  const end = text.plainStringEnd()
  if (end >= 0) {
    text.at = end + 1
    return true
  }
  if (!text.passValue()) return false
  try {
    text.parse(start, text.at)
    return true
  } catch (cause) {
    if (cause instanceof SyntaxError) return false
    throw cause
  }
}
