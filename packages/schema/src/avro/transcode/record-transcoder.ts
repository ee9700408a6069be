import { closeBrace, colon, comma, type JsonText, openBrace, quote } from '@millrace/event'
import type { AvroBytes } from './avro-bytes.js'
import type { Transcode, Transcoder } from './transcoder.js'

/** A field of a record, in the schema's order. */
export interface FieldPlan {
  readonly name: string
  readonly transcode: Transcode
  /** What is written where the field is left out: its default. Undefined where it has none. */
  readonly absent: Uint8Array | undefined
}

interface Field extends FieldPlan {
  /** Its name as JSON writes it. */
  readonly key: Uint8Array
}

/**
 * A record. Avro has the fields in the schema's order, JSON in any. Most senders keep to one order,
 * and it is the schema's as often as not: then each value is written as it is read. Where a member
 * comes that is not the next field, the record is read again in two passes, the first of which only
 * finds where the values are.
 */
export class RecordTranscoder implements Transcoder {
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly transcode: Transcode
  readonly #fields: readonly Field[]

  constructor(fields: readonly FieldPlan[]) {
    this.#fields = fields.map((field) => ({
      ...field,
      key: Buffer.from(JSON.stringify(field.name)),
    }))
    this.starts = new Int32Array(fields.length)
    this.ends = new Int32Array(fields.length)
    this.transcode = (text, out) => this.#transcode(text, out)
  }

  field(name: string): number | undefined {
    const found = this.#fields.findIndex((field) => field.name === name)
    return found < 0 ? undefined : found
  }

  #transcode(text: JsonText, out: AvroBytes): boolean {
    if (text.bytes[text.at] !== openBrace) return false
    const from = text.at + 1
    const outFrom = out.at
    text.at = from
    const read = this.#inOrder(text, out)
    if (read !== 'other order') return read === 'whole'
    text.at = from
    out.at = outFrom
    return this.#anyOrder(text, out)
  }

  #inOrder(text: JsonText, out: AvroBytes): 'whole' | 'other order' | 'not fitting' {
    const fields = this.#fields
    let next = 0
    if (text.next() === closeBrace) {
      text.at++
    } else {
      do {
        text.next()
        let field: Field | undefined
        for (;;) {
          field = fields[next]
          if (field === undefined) return 'other order'
          if (text.takeBytes(field.key)) break
          if (field.absent === undefined) return 'other order'
          this.#leaveOut(next++, field.absent, out)
        }
        if (!text.take(colon)) return 'not fitting'
        text.next()
        this.starts[next] = text.at
        if (!field.transcode(text, out)) return 'not fitting'
        this.ends[next++] = text.at
      } while (text.take(comma))
      if (!text.take(closeBrace)) return 'not fitting'
    }
    for (; next < fields.length; next++) {
      const { absent } = fields[next] as Field
      if (absent === undefined) return 'not fitting'
      this.#leaveOut(next, absent, out)
    }
    return 'whole'
  }

  #anyOrder(text: JsonText, out: AvroBytes): boolean {
    if (!this.#find(text)) return false
    const end = text.at
    const fields = this.#fields
    for (let i = 0; i < fields.length; i++) {
      const { transcode, absent } = fields[i] as Field
      const start = this.starts[i] as number
      if (start < 0) {
        if (absent === undefined) return false
        out.raw(absent)
        continue
      }
      text.at = start
      // What was passed over is sound if it ends where it is said to end.
      if (!transcode(text, out) || text.at !== this.ends[i]) return false
    }
    text.at = end
    return true
  }

  /** Finds the values of a record, each once, and reads up to its end. */
  #find(text: JsonText): boolean {
    const { starts, ends } = this
    starts.fill(-1)
    ends.fill(-1)
    if (text.take(closeBrace)) return true
    let guess = 0
    do {
      if (text.next() !== quote) return false
      const found = this.#at(text, guess)
      if (found < 0 || starts[found] !== -1 || !text.take(colon)) return false
      text.next()
      starts[found] = text.at
      if (!text.passValue()) return false
      ends[found] = text.at
      guess = found + 1
    } while (text.take(comma))
    return text.take(closeBrace)
  }

  /** Reads the name of a field, and says which it is; -1 for none. */
  #at(text: JsonText, guess: number): number {
    const fields = this.#fields
    for (let i = 0; i < fields.length; i++) {
      const at = (guess + i) % fields.length
      if (text.takeBytes((fields[at] as Field).key)) return at
    }
    return -1
  }

  #leaveOut(at: number, absent: Uint8Array, out: AvroBytes): void {
    this.starts[at] = -1
    this.ends[at] = -1
    out.raw(absent)
  }
}
