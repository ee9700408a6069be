import { parseJson } from './json-numbers.js'
import { JsonText } from './json-text.js'

/**
 * JSON as somebody wrote it: its value, and its text, to the byte. What is stored as it was sent is
 * stored from here, since a value that is written again has other digits (`1.0`, `1e400`), another
 * order of members, and each name once.
 */
export class WrittenJson {
  /** As `parseJson` reads it. */
  readonly value: unknown
  readonly #bytes: Buffer
  readonly #start: number
  readonly #end: number

  private constructor(value: unknown, bytes: Buffer, start: number, end: number) {
    this.value = value
    this.#bytes = bytes
    this.#start = start
    this.#end = end
  }

  /** Of a text in UTF-8, which is the caller's to know. Throws a `SyntaxError` where it is no JSON. */
  static parse(text: Buffer): WrittenJson {
    return new WrittenJson(parseJson(text.toString('utf8')), text, 0, text.length)
  }

  /** In UTF-8. That of a member or an item begins and ends with it, without white space around. */
  get text(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end)
  }

  /** By name. Of those with the same name the last counts, as in the value. None of what is no object. */
  members(): ReadonlyMap<string, WrittenJson> {
    const members = new Map<string, WrittenJson>()
    const value = this.value as Record<string, unknown>
    this.#reader().passObject((name, start, end) => {
      members.set(name, new WrittenJson(value[name], this.#bytes, start, end))
    })
    return members
  }

  /** None of what is no array. */
  items(): WrittenJson[] {
    const items: WrittenJson[] = []
    const value = this.value as unknown[]
    this.#reader().passArray((start, end) => {
      items.push(new WrittenJson(value[items.length], this.#bytes, start, end))
    })
    return items
  }

  #reader(): JsonText {
    const text = new JsonText(this.#bytes)
    text.at = this.#start
    return text
  }
}
