/**
 * Records of the v3 API straight from their text (`record-transcription.ts`): those whose value is
 * of the type JSON, with a key that is a text of the type STRING or JSON, or without one. At the
 * first thing that is otherwise it gives up, and nothing has happened.
 */
import { closeBrace, colon, comma, type JsonText, openBrace } from '@millrace/event'
import type { Payload } from '../payload.js'
import type { Intake, Prepared } from '../prepare.js'
import type { Reading, RecordTranscription } from '../record-transcription.js'

const valueMember = Buffer.from('"value"')
const keyMember = Buffer.from('"key"')
const typeMember = Buffer.from('"type"')
const dataMember = Buffer.from('"data"')
const jsonType = Buffer.from('"JSON"')
const stringType = Buffer.from('"STRING"')

/** A record, with what its answer tells of it. */
export interface Transcribed {
  readonly prepared: Prepared
  /** Undefined where none was sent. */
  readonly key: { readonly type: 'JSON' | 'STRING'; readonly bytes: number } | undefined
  readonly valueBytes: number
}

export class TranscriptionV3 {
  readonly #shared: RecordTranscription

  constructor(shared: RecordTranscription) {
    this.#shared = shared
  }

  /** A record; undefined where it gives up. Its id is told where it is asked for, else it is ''. */
  record(body: Buffer, payload: Payload, intake: Intake, withId: boolean): Transcribed | undefined {
    const reading = this.#shared.begin(body, undefined, payload, intake, withId)
    if (reading === undefined) return undefined
    try {
      return this.#record(reading)
    } finally {
      this.#shared.release()
    }
  }

  #record(reading: Reading): Transcribed | undefined {
    const { text } = reading
    const shared = this.#shared
    let hasValue = false
    let key: Key | undefined
    const isRead = readMembers(text, [valueMember, keyMember], (member) => {
      if (member === valueMember) {
        hasValue = this.#value(reading)
        return hasValue
      }
      key = readKey(text)
      return key !== undefined
    })
    if (!isRead || !hasValue || !Number.isNaN(text.next())) return undefined
    const { start, end } = key ?? { start: -1, end: -1 }
    const { valueBytes } = shared
    const prepared = shared.prepared(reading, start, end)
    if (prepared === undefined) return undefined
    return { prepared, key: key && { type: key.type, bytes: end - start }, valueBytes }
  }

  #value(reading: Reading): boolean {
    const { text } = reading
    let isJson = false
    let hasData = false
    const isRead = readMembers(text, [typeMember, dataMember], (member) => {
      if (member === dataMember) {
        hasData = this.#shared.value(reading)
        return hasData
      }
      isJson = text.takeBytes(jsonType)
      return isJson
    })
    return isRead && isJson && hasData
  }
}

/** Where a key stands in a text, as it is stored: with its quotes or without. */
interface Key {
  readonly type: 'JSON' | 'STRING'
  readonly start: number
  readonly end: number
}

/** A key that is a text without escapes, which is stored as it stands there. */
function readKey(text: JsonText): Key | undefined {
  let type: Key['type'] | undefined
  let start = -1
  let end = -1
  const isRead = readMembers(text, [typeMember, dataMember], (member) => {
    if (member === dataMember) {
      start = text.at
      end = text.plainStringEnd() + 1
      text.at = end
      return end > 0
    }
    if (text.takeBytes(jsonType)) type = 'JSON'
    else if (text.takeBytes(stringType)) type = 'STRING'
    return type !== undefined
  })
  if (!isRead || type === undefined || start < 0) return undefined
  return type === 'JSON' ? { type, start, end } : { type, start: start + 1, end: end - 1 }
}

/** Reads an object that has some of these members, each once at most; `read` reads their values. */
function readMembers(
  text: JsonText,
  members: readonly Buffer[],
  read: (member: Buffer) => boolean,
): boolean {
  if (!text.take(openBrace)) return false
  let left = members
  do {
    text.next()
    const member = left.find((each) => text.takeBytes(each))
    if (member === undefined || !text.take(colon)) return false
    left = left.filter((each) => each !== member)
    text.next()
    if (!read(member)) return false
  } while (text.take(comma))
  return text.take(closeBrace)
}
