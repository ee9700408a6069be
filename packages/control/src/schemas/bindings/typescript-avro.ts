/** The TypeScript types of an Avro schema: an interface for each record, literals for enums. */
import type { SchemaFile } from '../../project/schema.js'
import { readAvroType } from '../avro-type.js'
import { pascal } from '../pascal.js'
import { type RecordField, shortName, type TypeTree, unitOf } from '../type-tree.js'
import { typeNames } from './names.js'
import { comment, type TypeModule } from './typescript-module.js'

function rootName(type: TypeTree, base: string): string {
  return 'name' in type && type.kind !== 'primitive' ? pascal(shortName(type.name)) : pascal(base)
}

/** The types of a schema; `base` is the name of its file. */
export function avroModule({ text }: SchemaFile, base: string): TypeModule {
  const type = readAvroType(text)
  const root = rootName(type, base)
  const names = typeNames(type)
  const defined = new Map<string, string>()
  const define = (each: TypeTree) => {
    if (each.kind === 'record' || each.kind === 'enum' || each.kind === 'fixed') {
      const name = names.get(each.name) ?? pascal(each.name)
      if (defined.has(name)) return name
      defined.set(name, '')
      defined.set(name, definition(each, name, define))
      return name
    }
    return undefined
  }
  const expression = typeExpression(type, define)
  const isDefined = expression === root && defined.has(root)
  const own = isDefined ? [] : [`export type ${root} = ${expression}`]
  return { root, definitions: [...defined.values(), ...own] }
}

type Define = (type: TypeTree) => string | undefined

function definition(type: TypeTree & { name: string }, name: string, define: Define): string {
  const doc = 'doc' in type && type.doc !== undefined ? [comment(type.doc, '')] : []
  if (type.kind === 'enum') {
    const symbols = type.symbols.map((symbol) => JSON.stringify(symbol)).join(' | ')
    return [...doc, `export type ${name} = ${symbols}`].join('\n')
  }
  if (type.kind === 'fixed') {
    return [...doc, `/** ${type.size} bytes. */`, `export type ${name} = ${bytes}`].join('\n')
  }
  if (type.kind !== 'record') throw new Error(`A ${type.kind} has no definition.`)
  return [
    ...doc,
    `export interface ${name} {`,
    ...type.fields.flatMap((field) => fieldLines(field, define)),
    '}',
  ].join('\n')
}

function fieldLines({ name, type, doc, default: value }: RecordField, define: Define): string[] {
  const says = [
    doc,
    momentOf(type),
    value === undefined ? undefined : `Default: ${JSON.stringify(value)}.`,
  ]
  const text = says.filter((each) => each !== undefined).join(' ')
  const optional = value === undefined ? '' : '?'
  const line = `  ${name}${optional}: ${typeExpression(type, define)}`
  return text === '' ? [line] : [comment(text, '  '), line]
}

const bytes = 'Uint8Array | string'

function typeExpression(type: TypeTree, define: Define): string {
  switch (type.kind) {
    case 'primitive':
      switch (type.name) {
        case 'null':
        case 'boolean':
        case 'string':
          return type.name
        case 'bytes':
          return bytes
        default:
          return unitOf(type) === undefined ? 'number' : 'number | string'
      }
    case 'array': {
      const items = typeExpression(type.items, define)
      return /[ |]/.test(items) ? `readonly (${items})[]` : `readonly ${items}[]`
    }
    case 'map':
      return `Record<string, ${typeExpression(type.values, define)}>`
    case 'any':
      return 'unknown'
    case 'union':
      return [...new Set(type.branches.map((branch) => typeExpression(branch, define)))].join(' | ')
    default:
      return define(type) ?? 'unknown'
  }
}

/** The unit of a moment as a number, and how it is told as text. */
function momentOf(type: TypeTree): string | undefined {
  const unit = unitOf(type)
  const text = unit?.startsWith('Days') ? 'a date like 2026-01-04' : 'RFC 3339'
  return unit?.replace(/\.$/, `, or ${text}.`)
}
