/**
 * The schemas of a folder, with what they refer to in one another: types by their full names in
 * Avro, documents by URI or file name in JSON Schema, imports in Protobuf.
 */
import path from 'node:path'
import type { Disk } from '@millrace/host'
import {
  type ReferencedText,
  type ReferredNames,
  referredNames,
  SchemaTextError,
  type SchemaTypeName,
} from '@millrace/schema/read'
import type { Problem } from './problem.js'
import { isJsonText, readSchema, type SchemaFile, schemaTypeOf } from './schema.js'
import { suggestion } from './spelling.js'

/** A file whose names were read, but not yet what they lead to. */
interface NamedText {
  readonly file: string
  readonly type: SchemaTypeName
  readonly text: string
  readonly names: ReferredNames
}

/** The files of a folder and of all folders in it, by their paths from there, with `/`; sorted. */
export function filesWithin(disk: Disk, folder: string): string[] {
  if (disk.kind(folder) !== 'directory') return []
  const names = disk.list(folder).filter((name) => !name.startsWith('.'))
  return names
    .flatMap((name) => {
      const place = path.join(folder, name)
      if (disk.kind(place) !== 'directory') return [name]
      return filesWithin(disk, place).map((file) => `${name}/${file}`)
    })
    .sort()
}

/**
 * Reads the texts of a folder, by file, each after those that it refers to. What is wrong is
 * told of each once: a schema that refers to one that cannot be read is left out silently.
 * `pathOf` says what a file is called in a problem.
 */
export function readSchemas(
  texts: ReadonlyMap<string, string>,
  problems: Problem[],
  pathOf: (file: string) => string = (file) => `schemas/${file}`,
): Map<string, SchemaFile> {
  const named = new Map<string, NamedText>()
  for (const [file, text] of texts) {
    const found = readNames(file, text, pathOf(file), problems)
    if (found !== undefined) named.set(file, found)
  }
  const read = new Map<string, SchemaFile | undefined>()
  const under = new Set<string>()
  const visit = (each: NamedText): SchemaFile | undefined => {
    const { file, type, text } = each
    if (read.has(file)) return read.get(file)
    const place = pathOf(file)
    if (under.has(file)) {
      const message = `it refers to itself by way of ${[...under].map((name) => `\`${name}\``).join(', ')}`
      problems.push({ file: place, message, hint: 'Write what they share into a file of its own.' })
      return undefined
    }
    under.add(file)
    const targets = targetsOf(each, named, texts)
    const schemas = targets.found.map(({ name, target }) => ({ name, schema: visit(target) }))
    under.delete(file)
    const isWhole = !targets.isUnread && schemas.every(({ schema }) => schema !== undefined)
    const missing = type === 'AVRO' ? undefined : targets.missing[0]
    if (missing !== undefined) {
      const message = `it refers to \`${missing}\`, which is no file in \`schemas\``
      const hint = suggestion(missing, filesOf(type, texts, file))
      problems.push({ file: place, message, ...(hint !== undefined && { hint }) })
    }
    const references = schemas.map(({ name }, at) => {
      return { name, file: targets.found[at]?.target.file ?? '' }
    })
    const referred = referredTexts(schemas, texts)
    const schema =
      isWhole && missing === undefined
        ? readSchema({ file, type, text, references, referred }, place, problems)
        : undefined
    read.set(file, schema)
    return schema
  }
  const found = [...named.values()].flatMap((each): [string, SchemaFile][] => {
    const schema = visit(each)
    return schema === undefined ? [] : [[each.file, schema]]
  })
  return new Map(found)
}

function readNames(
  file: string,
  text: string,
  place: string,
  problems: Problem[],
): NamedText | undefined {
  const type = schemaTypeOf(file)
  if (type === undefined) return undefined
  if (type !== 'PROTOBUF' && !isJsonText(text, place, problems)) return undefined
  try {
    return { file, type, text, names: referredNames(type, text) }
  } catch (cause) {
    if (!(cause instanceof SchemaTextError)) throw cause
    // The names are found in any schema that is one: reading it says what is wrong.
    readSchema({ file, type, text, references: [], referred: [] }, place, problems)
    return undefined
  }
}

interface Targets {
  readonly found: readonly { name: string; target: NamedText }[]
  /** Names that lead to no file. */
  readonly missing: readonly string[]
  /** A file is meant that could not be read. */
  readonly isUnread: boolean
}

function targetsOf(
  { file, type, names }: NamedText,
  named: ReadonlyMap<string, NamedText>,
  texts: ReadonlyMap<string, string>,
): Targets {
  const folder = path.posix.dirname(file)
  const others = [...named.values()]
    .filter((each) => each.type === type && each.file !== file)
    // Of two files of one name, the one beside it.
    .sort((a, b) => Number(isIn(folder, b.file)) - Number(isIn(folder, a.file)))
  const found: { name: string; target: NamedText }[] = []
  const missing: string[] = []
  let isUnread = false
  for (const name of names.uses) {
    const target =
      others.find((each) => each.names.offers.includes(name)) ??
      others.find((each) => isNamed(each.file, type, name))
    if (target !== undefined) found.push({ name, target })
    else if ([...texts.keys()].some((each) => isNamed(each, type, name))) isUnread = true
    else missing.push(name)
  }
  return { found, missing, isUnread }
}

function isIn(folder: string, file: string): boolean {
  return path.posix.dirname(file) === folder
}

/** An import is a file's path in the folder; a URI names the file that it ends in, in any folder. */
function isNamed(file: string, type: SchemaTypeName, name: string): boolean {
  if (schemaTypeOf(file) !== type || type === 'AVRO') return false
  if (type === 'PROTOBUF') return file === name
  const end = decodeURIComponent(name.slice(name.lastIndexOf('/') + 1))
  return path.posix.basename(file) === end
}

function filesOf(type: SchemaTypeName, texts: ReadonlyMap<string, string>, but: string): string[] {
  return [...texts.keys()].filter((file) => file !== but && schemaTypeOf(file) === type)
}

/** What is referred to, each after what it refers to itself, once under each of its names. */
function referredTexts(
  schemas: readonly { name: string; schema: SchemaFile | undefined }[],
  texts: ReadonlyMap<string, string>,
): ReferencedText[] {
  const all = new Map<string, string>()
  for (const { name, schema } of schemas) {
    if (schema === undefined) continue
    for (const each of schema.referred) all.set(each.name, each.text)
    all.set(name, schema.type === 'AVRO' ? schema.text : (texts.get(schema.file) ?? schema.text))
  }
  return [...all].map(([name, text]) => ({ name, text }))
}
