import type { JsonText } from '@millrace/event'
import type { AvroBytes, Transcoder } from '@millrace/schema'

/** Fields that a topic's policy may name: for the key, the id and the time. */
const fieldsMax = 3

/**
 * JSON texts to JSON as it is stored without a schema: the text itself, once it is known to be
 * JSON. It remembers where the fields of the last text stand that it was asked for.
 */
export class TextTranscoder implements Transcoder {
  readonly starts = new Int32Array(fieldsMax)
  readonly ends = new Int32Array(fieldsMax)
  readonly #fields: string[] = []

  /** Any name may be a field's; at most `fieldsMax` are asked for. */
  field(name: string): number {
    const known = this.#fields.indexOf(name)
    return known < 0 ? this.#fields.push(name) - 1 : known
  }

  transcode(text: JsonText, out: AvroBytes): boolean {
    const { bytes, at: start } = text
    if (!text.passValue()) return false
    const end = text.at
    out.raw(bytes, start, end)
    // Then it comes again, for larger memory.
    if (out.hasOverflowed) return true
    try {
      // A record without a value is a deletion, which needs a key.
      if (JSON.parse(bytes.toString('utf8', start, end)) === null) return false
    } catch {
      return false
    }
    if (this.#fields.length > 0) this.#find(text, start, end)
    return true
  }

  /** Of fields with the same name the last one counts. */
  #find(text: JsonText, start: number, end: number): void {
    this.starts.fill(-1)
    text.at = start
    text.passObject((name, from, to) => {
      const field = this.#fields.indexOf(name)
      if (field < 0) return
      this.starts[field] = from
      this.ends[field] = to
    })
    text.at = end
  }
}
