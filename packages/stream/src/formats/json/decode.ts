import { isNested } from '../../plan/type-family.js'
import type { Column } from '../../state/column.js'
import { DecodeError, FormatError } from '../errors.js'
import type { BlockDecoder, RecordDecoder, Target } from '../format.js'
import { type BlockTarget, KernelBlockReader } from '../kernel/block.js'
import { targetTypeOf } from '../kernel/target.js'
import type { NestedType } from '../nested-value.js'
import type { TimestampStandard } from '../time-text.js'
import { type JsonConverter, jsonConverter } from './convert.js'
import { jsonInKernel } from './kernel-format.js'
import { jsonNestedReader } from './nested.js'
import { JsonScanner } from './scanner.js'

export interface JsonOptions {
  readonly standard: TimestampStandard
  /** A field that cannot be converted is NULL, a record that is no JSON object is passed over. */
  readonly ignoreParseErrors: boolean
  /** A missing field is an error instead of NULL. */
  readonly failOnMissingField: boolean
}

/**
 * Flink's `json` format. A record is scanned once, noting where the wanted values lie; then each
 * is converted into its column. Nothing is made for values that no column wants. Of a name given
 * twice the last counts.
 */
export class JsonDecoder implements RecordDecoder {
  private readonly targets: readonly Wanted[]
  private readonly options: JsonOptions
  private readonly scanner = new JsonScanner()
  /** The names of the fields at each place of the last object: those of the next are mostly the same. */
  private readonly seen: Seen[] = []
  private blockReader: KernelBlockReader | undefined

  constructor(targets: readonly Target[], options: JsonOptions) {
    this.options = options
    this.targets = targets.map(({ field, column }) => ({
      name: field.name,
      nameBytes: Buffer.from(field.name),
      column,
      type: targetTypeOf(field.type, options.standard),
      convert: isNested(field.type)
        ? nestedConverter(field.type, column, options)
        : jsonConverter(field, column, options.standard),
      start: -1,
      end: -1,
      escaped: false,
    }))
  }

  decode(bytes: Buffer, start: number, end: number): boolean {
    try {
      this.scan(bytes, start, end)
    } catch (error) {
      if (this.options.ignoreParseErrors && error instanceof DecodeError) return false
      throw error
    }
    for (const target of this.targets) this.convert(target, bytes)
    return true
  }

  get blocks(): BlockDecoder | undefined {
    const { ignoreParseErrors, failOnMissingField } = this.options
    this.blockReader ??= KernelBlockReader.of(
      this.targets,
      jsonInKernel(failOnMissingField && !ignoreParseErrors),
    )
    return this.blockReader
  }

  private scan(bytes: Buffer, start: number, end: number): void {
    const { scanner, targets } = this
    for (const target of targets) target.start = -1
    scanner.reset(bytes, start, end)
    scanner.expect(0x7b)
    if (!scanner.accept(0x7d)) {
      let place = 0
      do this.scanField(place++)
      while (scanner.accept(0x2c))
      scanner.expect(0x7d)
    }
    if (scanner.peek() !== -1) scanner.fail('something follows the object')
  }

  /** `place`: how many fields came before it. */
  private scanField(place: number): void {
    const { scanner } = this
    if (scanner.peek() !== 0x22) scanner.fail('a field name was expected')
    const expected = this.seen[place]
    const target =
      expected !== undefined && scanner.acceptBytes(expected.bytes)
        ? expected.target
        : this.scanName(place)
    const isText = scanner.peek() === 0x22
    const start = scanner.at
    const escaped = isText && scanner.skipString()
    if (!isText) scanner.skipValue()
    if (target === undefined) return
    target.start = start
    target.end = scanner.at
    target.escaped = escaped
  }

  private scanName(place: number): Wanted | undefined {
    const { scanner } = this
    const start = scanner.at
    const escaped = scanner.skipString()
    const end = scanner.at
    scanner.expect(0x3a)
    const target = this.targetNamed(start + 1, end - 1, escaped)
    if (place < seenFieldsMax) {
      const bytes = Uint8Array.prototype.slice.call(scanner.bytes, start, scanner.at)
      this.seen[place] = { bytes, target }
    }
    return target
  }

  private targetNamed(start: number, end: number, escaped: boolean): Wanted | undefined {
    const { bytes } = this.scanner
    if (escaped) {
      const name: unknown = JSON.parse(bytes.toString('utf8', start - 1, end + 1))
      return this.targets.find((target) => target.name === name)
    }
    const length = end - start
    for (const target of this.targets) {
      const { nameBytes } = target
      if (nameBytes.length !== length) continue
      let i = 0
      while (i < length && bytes[start + i] === nameBytes[i]) i++
      if (i === length) return target
    }
    return undefined
  }

  private convert(target: Wanted, bytes: Buffer): void {
    const { column, start, end } = target
    if (start === -1) {
      if (this.options.failOnMissingField && !this.options.ignoreParseErrors) {
        throw new DecodeError(`the field '${target.name}' is missing`)
      }
      column.pushNull()
      return
    }
    if (bytes[start] === 0x6e) {
      column.pushNull()
      return
    }
    const before = column.length
    try {
      target.convert(bytes, start, end, target.escaped)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      if (!this.options.ignoreParseErrors) {
        throw new DecodeError(`field '${target.name}': ${error.message}`)
      }
      if (column.length === before) column.pushNull()
    }
  }
}

function nestedConverter(type: NestedType, column: Column, options: JsonOptions): JsonConverter {
  const read = jsonNestedReader(type, options)
  if (column.kind !== 'bytes') throw new TypeError('a nested value lies as text')
  return (bytes, start, end) => column.pushString(JSON.stringify(read(bytes, start, end)))
}

/** A field's name as it was written, from its quote to the colon, and who wants its value. */
interface Seen {
  readonly bytes: Uint8Array
  readonly target: Wanted | undefined
}

/** Places of an object that are remembered. */
const seenFieldsMax = 256

interface Wanted extends BlockTarget {
  readonly convert: JsonConverter
  readonly name: string
  start: number
  end: number
  escaped: boolean
}

/** From the options of a format (`timestamp-format.standard`, …), without their prefix. */
export function jsonOptions(options: ReadonlyMap<string, string>): JsonOptions {
  const flag = (name: string) => options.get(name)?.toLowerCase() === 'true'
  const standard = options.get('timestamp-format.standard') ?? 'SQL'
  if (standard !== 'SQL' && standard !== 'ISO-8601') {
    throw new FormatError(
      'OPTION_UNKNOWN',
      `json.timestamp-format.standard is 'SQL' or 'ISO-8601', not '${standard}'`,
    )
  }
  return {
    standard,
    ignoreParseErrors: flag('ignore-parse-errors'),
    failOnMissingField: flag('fail-on-missing-field'),
  }
}
