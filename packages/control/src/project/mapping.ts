import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml'
import type { Problem } from './problem.js'
import { suggestion } from './spelling.js'

/**
 * A YAML mapping that is being read, key by key. What is wrong is added to the list of problems
 * with its position, and the key reads as undefined, so that one pass finds everything.
 *
 * The caller reads each key that it knows and then calls `end`, which reports the keys that
 * nobody asked for.
 */
export class Mapping {
  readonly #source: Source
  readonly #map: YAMLMap | undefined
  readonly #start: number
  readonly #asked = new Set<string>()

  constructor(source: Source, map: YAMLMap | undefined) {
    this.#source = source
    this.#map = map
    this.#start = map?.range?.[0] ?? 0
  }

  /** The keys that are there, in the order of the file. */
  keys(): string[] {
    return (this.#map?.items ?? []).map((pair) => nameOf(pair.key))
  }

  /** Text; a number is taken as it is written. `says` describes what `pattern` wants. */
  text(
    key: string,
    rule: { required?: boolean; pattern?: RegExp; says?: string } = {},
  ): string | undefined {
    const node = this.#take(key, rule.required)
    if (node === undefined) return undefined
    const value = isScalar(node) ? (node.source ?? node.value) : undefined
    if (typeof value !== 'string') return this.#wrong(node, `\`${key}\` must be text`)
    const text = isScalar(node) && typeof node.value === 'string' ? node.value : value
    if (rule.pattern !== undefined && !rule.pattern.test(text)) {
      return this.#wrong(node, `\`${key}\` is \`${text}\`; it must be ${rule.says}`)
    }
    return text
  }

  /** A whole number from `min` to `max`, both included. */
  integer(key: string, rule: { min: number; max: number }): number | undefined {
    const node = this.#take(key)
    if (node === undefined) return undefined
    const value = isScalar(node) ? node.value : undefined
    if (typeof value === 'number' && Number.isInteger(value)) {
      if (value >= rule.min && value <= rule.max) return value
    }
    return this.#wrong(node, `\`${key}\` must be a whole number from ${rule.min} to ${rule.max}`)
  }

  flag(key: string): boolean | undefined {
    const node = this.#take(key)
    if (node === undefined) return undefined
    if (isScalar(node) && typeof node.value === 'boolean') return node.value
    return this.#wrong(node, `\`${key}\` must be \`true\` or \`false\``)
  }

  /** One of the words in `options`. */
  choice<Option extends string>(
    key: string,
    options: readonly Option[],
    rule: { required?: boolean } = {},
  ): Option | undefined {
    const node = this.#take(key, rule.required)
    if (node === undefined) return undefined
    const word = isScalar(node) ? String(node.value) : ''
    const option = options.find((each) => each === word)
    if (option !== undefined) return option
    const hint = suggestion(word, options)
    return this.#wrong(node, `\`${key}\` cannot be \`${word}\``, hint)
  }

  /** A list of names, or one name for a list of one. */
  names(key: string, rule: { required?: boolean } = {}): string[] | undefined {
    const node = this.#take(key, rule.required)
    if (node === undefined) return undefined
    const value: unknown = toPlain(node)
    const list = Array.isArray(value) ? value : [value]
    if (list.length > 0 && list.every((each) => typeof each === 'string')) return list
    return this.#wrong(node, `\`${key}\` must be a name or a list of names`)
  }

  /** A mapping inside this one. */
  mapping(key: string, rule: { required?: boolean } = {}): Mapping | undefined {
    const node = this.#take(key, rule.required)
    if (node === undefined) return undefined
    if (isMap(node)) return new Mapping(this.#source, node)
    return this.#wrong(node, `\`${key}\` must be a mapping of keys to values`)
  }

  /** A list of mappings. */
  mappings(key: string, rule: { required?: boolean } = {}): Mapping[] {
    const node = this.#take(key, rule.required)
    if (node === undefined) return []
    if (!isSeq(node)) {
      this.#wrong(node, `\`${key}\` must be a list`)
      return []
    }
    return node.items.flatMap((item) => {
      if (isMap(item)) return [new Mapping(this.#source, item)]
      this.#wrong(item as Node, `each entry of \`${key}\` must be a mapping of keys to values`)
      return []
    })
  }

  /** Rows of a table: a list of mappings, each as a plain object. */
  rows(key: string): Record<string, unknown>[] {
    return this.mappings(key).map((row) => toPlain(row.#map) as Record<string, unknown>)
  }

  /** A mapping of names to any values, as a plain object. */
  values(key: string): Record<string, unknown> | undefined {
    const inner = this.mapping(key)
    return inner && (toPlain(inner.#map) as Record<string, unknown>)
  }

  /** Reports a problem at the value of `key` (at the mapping's start where it is absent). */
  problem(key: string, message: string, hint?: string): void {
    const node = this.#map?.get(key, true) as Node | undefined
    this.#source.add(node?.range?.[0] ?? this.#start, message, hint)
  }

  /** Where the value of `key` stands. */
  position(key: string): { line: number; column: number } {
    const node = this.#map?.get(key, true) as Node | undefined
    return this.#source.position(node?.range?.[0] ?? this.#start)
  }

  /** Reports the keys that were never asked for. */
  end(): void {
    for (const pair of this.#map?.items ?? []) {
      const key = nameOf(pair.key)
      if (this.#asked.has(key)) continue
      const at = (pair.key as Node | null)?.range?.[0] ?? this.#start
      this.#source.add(at, `unknown key \`${key}\``, suggestion(key, this.#asked))
    }
  }

  #take(key: string, required = false): Node | undefined {
    this.#asked.add(key)
    const node = this.#map?.get(key, true) as Node | undefined
    const empty = node === undefined || (isScalar(node) && node.value === null)
    if (!empty) return node
    if (required) this.#source.add(this.#start, `\`${key}\` is missing`)
    return undefined
  }

  #wrong(node: Node, message: string, hint?: string): undefined {
    this.#source.add(node.range?.[0] ?? this.#start, message, hint)
    return undefined
  }
}

/** A file's positions, and where its problems go. */
class Source {
  readonly #file: string
  readonly #lines: LineCounter
  readonly #problems: Problem[]

  constructor(file: string, lines: LineCounter, problems: Problem[]) {
    this.#file = file
    this.#lines = lines
    this.#problems = problems
  }

  position(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }

  add(offset: number, message: string, hint?: string): void {
    this.#problems.push({
      file: this.#file,
      ...this.position(offset),
      message,
      ...(hint === undefined ? {} : { hint }),
    })
  }
}

/**
 * Reads a YAML file that holds one mapping. Undefined, with the problem told, where its syntax
 * is broken or it holds something else. An empty file is an empty mapping.
 */
export function readMapping(file: string, text: string, problems: Problem[]): Mapping | undefined {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const source = new Source(file, lines, problems)
  const broken = document.errors[0]
  if (broken !== undefined) {
    const reason = broken.message.split('\n')[0] ?? broken.message
    source.add(broken.pos[0], `this is not YAML: ${reason}`)
    return undefined
  }
  const contents = document.contents
  if (contents === null || (isScalar(contents) && contents.value === null)) {
    return new Mapping(source, undefined)
  }
  if (isMap(contents)) return new Mapping(source, contents)
  source.add(contents.range?.[0] ?? 0, 'the file must be a mapping of keys to values')
  return undefined
}

function nameOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key)
}

function toPlain(node: Node | undefined): unknown {
  return node === undefined ? undefined : JSON.parse(JSON.stringify(node))
}
