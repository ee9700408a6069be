/**
 * The TypeScript types of a Protobuf message in its JSON form, as the gateway takes it: an
 * interface for each message, the names of its values for an enum, by the names of the file.
 */
import {
  type DescEnum,
  type DescField,
  type DescMessage,
  readProtoFiles,
} from '@millrace/schema/read'
import type { SchemaFile } from '../../project/schema.js'
import { pascal } from '../pascal.js'
import { comment, type TypeModule } from './typescript-module.js'

type Named = DescMessage | DescEnum

/** The types of a file's first message, which describes the events, and of all that it holds. */
export function protoModule({ text, referred }: SchemaFile): TypeModule {
  const message = readProtoFiles(text, referred).file.messages[0]
  if (message === undefined) throw new Error('The file has no message.')
  const found = new Set<Named>()
  const visit = (each: Named) => {
    if (found.has(each) || wellKnownTypes[each.typeName] !== undefined) return
    found.add(each)
    if (each.kind === 'enum') return
    for (const { message: inner, enum: values } of each.fields) {
      if (inner !== undefined) visit(inner)
      if (values !== undefined) visit(values)
    }
  }
  visit(message)
  const names = namesOf([...found])
  const definitions = [...found].map((each) => {
    const name = names.get(each) as string
    return each.kind === 'enum' ? enumText(each, name) : interfaceText(each, name, names)
  })
  return { root: names.get(message) as string, definitions }
}

/** The JSON form of messages that have one of their own. */
const wellKnownTypes: { readonly [typeName: string]: string } = {
  'google.protobuf.Any': `{ '@type': string; [name: string]: unknown }`,
  'google.protobuf.BoolValue': 'boolean | null',
  'google.protobuf.BytesValue': 'string | null',
  'google.protobuf.DoubleValue': 'number | string | null',
  'google.protobuf.Duration': 'string',
  'google.protobuf.Empty': 'Record<string, never>',
  'google.protobuf.FieldMask': 'string',
  'google.protobuf.FloatValue': 'number | string | null',
  'google.protobuf.Int32Value': 'number | null',
  'google.protobuf.Int64Value': 'number | string | null',
  'google.protobuf.ListValue': 'readonly unknown[]',
  'google.protobuf.NullValue': 'null',
  'google.protobuf.StringValue': 'string | null',
  'google.protobuf.Struct': 'Record<string, unknown>',
  'google.protobuf.Timestamp': 'string',
  'google.protobuf.UInt32Value': 'number | null',
  'google.protobuf.UInt64Value': 'number | string | null',
  'google.protobuf.Value': 'unknown',
}

/** Types of the wire by their numbers in descriptor.proto, those that are not plain numbers. */
const scalarTypes: { readonly [scalar: number]: { type: string; says?: string } } = {
  // NaN and the infinities are texts.
  ...{ 1: { type: 'number | string' }, 2: { type: 'number | string' } },
  ...{ 3: wide(), 4: wide(), 6: wide(), 16: wide(), 18: wide() },
  ...{ 8: { type: 'boolean' }, 9: { type: 'string' } },
  ...{ 12: { type: 'string', says: 'Bytes, in base64.' } },
}

function wide() {
  return { type: 'number | string', says: 'Whole number of 64 bits; as text it keeps its digits.' }
}

/** The short name where it is alone, else the full one. */
function namesOf(types: readonly Named[]): Map<Named, string> {
  const short = ({ typeName, file }: Named) => {
    const inPackage = file.proto.package
    return pascal(inPackage === '' ? typeName : typeName.slice(inPackage.length + 1))
  }
  return new Map(
    types.map((each): [Named, string] => {
      const isAlone = types.filter((other) => short(other) === short(each)).length === 1
      return [each, isAlone ? short(each) : pascal(each.typeName)]
    }),
  )
}

function enumText({ values }: DescEnum, name: string): string {
  return `export type ${name} = ${values.map((value) => JSON.stringify(value.name)).join(' | ')}`
}

function interfaceText(
  { fields }: DescMessage,
  name: string,
  names: ReadonlyMap<Named, string>,
): string {
  const lines = fields.flatMap((field) => {
    // The wire format's LEGACY_REQUIRED: proto2's `required`.
    const optional = field.presence === 3 ? '' : '?'
    const line = `  ${field.name}${optional}: ${fieldType(field, names)}`
    const says = docOf(field)
    return says === '' ? [line] : [comment(says, '  '), line]
  })
  return [`export interface ${name} {`, ...lines, '}'].join('\n')
}

function docOf(field: DescField): string {
  const { oneof, scalar, message } = field
  const time = message?.typeName === 'google.protobuf.Timestamp' ? 'RFC 3339.' : undefined
  return [
    scalar === undefined ? undefined : scalarTypes[scalar]?.says,
    time,
    oneof === undefined ? undefined : `Of \`${oneof.name}\` at most one is there.`,
  ]
    .filter((each) => each !== undefined)
    .join(' ')
}

function fieldType(field: DescField, names: ReadonlyMap<Named, string>): string {
  const held = () => {
    const named = field.message ?? field.enum
    if (named !== undefined) return wellKnownTypes[named.typeName] ?? names.get(named) ?? 'unknown'
    return scalarTypes[field.scalar as number]?.type ?? 'number'
  }
  const type = held()
  if (field.fieldKind === 'map') return `Record<string, ${type}>`
  if (field.fieldKind !== 'list') return type
  return /^\w+$/.test(type) ? `readonly ${type}[]` : `readonly (${type})[]`
}
