import type { ReferencedText, SchemaTypeName } from '@millrace/schema/read'
import { codecOf, inlineReferences, SchemaTextError } from '@millrace/schema/read'
import type { Problem } from './problem.js'
import { schemaFields } from './schema-fields.js'

/** A file in `schemas`, or in a folder there: `*.avsc`, `*.json`, `*.proto`. */
export interface SchemaFile {
  /** Its path from `schemas` on: `trip.avsc`, `common/money.avsc`. */
  file: string
  type: SchemaTypeName
  /** Of Avro complete: types of other files are written in. */
  text: string
  /** Full name of what it describes, such as `rides.Trip`. */
  name: string
  /** The names of an event's fields; empty where it is no record, object or message. */
  fields: string[]
  /** Other files that it refers to, by the names that its text has for them. None in Avro. */
  references: readonly { readonly name: string; readonly file: string }[]
  /** The texts of all that it refers to, directly or not, each after those that it needs itself. */
  referred: readonly ReferencedText[]
}

/** How the files of each language end; of two that fit, the longer one comes first. */
const endings: readonly (readonly [string, SchemaTypeName])[] = [
  ['.avsc', 'AVRO'],
  ['.schema.json', 'JSON'],
  ['.json', 'JSON'],
  ['.proto', 'PROTOBUF'],
]

/** How the name of a file with a schema may end. */
export const schemaEndings: readonly string[] = ['.avsc', '.json', '.proto']

/** The language of a file with a schema; undefined where it is none. */
export function schemaTypeOf(file: string): SchemaTypeName | undefined {
  const name = file.slice(file.lastIndexOf('/') + 1)
  return endings.find(([ending]) => name.endsWith(ending) && name !== ending)?.[1]
}

/** The name of a file without folder and ending: `order` for `shop/order.schema.json`. */
export function schemaBase(file: string): string {
  const ending = endings.find(([each]) => file.endsWith(each))?.[0] ?? ''
  return file.slice(file.lastIndexOf('/') + 1, file.length - ending.length)
}

/** What a language is called where people read it. */
export const schemaTypeTitles: Readonly<Record<SchemaTypeName, string>> = {
  AVRO: 'Avro',
  JSON: 'JSON',
  PROTOBUF: 'Protobuf',
}

/** A text that is to be read, and what its names lead to. */
export type SchemaSource = Pick<SchemaFile, 'file' | 'type' | 'text' | 'references' | 'referred'>

/** Reads one schema; undefined, with the problem told, where it is not one. */
export function readSchema(
  source: SchemaSource,
  path: string,
  problems: Problem[],
): SchemaFile | undefined {
  const { type, referred } = source
  try {
    if (type === 'AVRO' && referred.length > 0) {
      const text = inlineReferences(source.text, referred)
      return readSchema({ ...source, text, references: [], referred: [] }, path, problems)
    }
    const { name } = codecOf({ schema: source.text, schemaType: type, references: referred })
    return { ...source, name, fields: schemaFields(source) }
  } catch (cause) {
    if (!(cause instanceof SchemaTextError)) throw cause
    const { line, reason } = lineOf(cause.message)
    const article = type === 'AVRO' ? 'an' : 'a'
    problems.push({
      file: path,
      ...(line !== undefined && { line }),
      message: `this is not ${article} ${schemaTypeTitles[type]} schema: ${reason}`,
    })
    return undefined
  }
}

/** Is the text JSON? Where it is not, the problem is told with its place. */
export function isJsonText(text: string, path: string, problems: Problem[]): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (cause) {
    const told = cause instanceof Error ? cause.message : String(cause)
    const offset = /position (\d+)/.exec(told)?.[1]
    const reason = told.replace(/ in JSON at position .*$/s, '')
    problems.push({
      file: path,
      ...positionOf(text, offset === undefined ? text.length : Number(offset)),
      message: `this is not JSON: ${reason}`,
    })
    return false
  }
}

/** The reader of Protobuf says the line before the reason. */
function lineOf(message: string): { line?: number; reason: string } {
  const found = /^line (\d+): (.*)$/s.exec(message)
  return found === null ? { reason: message } : { line: Number(found[1]), reason: found[2] ?? '' }
}

function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}
