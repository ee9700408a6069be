/** Why a value is no message: the member that is refused by itself, followed inwards. */
import type { DescEnum, DescField, DescMessage } from '@bufbuild/protobuf'
import { describe } from '../avro/value.js'
import { RefusedError } from '../codec.js'
import { protobuf } from './runtime.js'

/** Reads a value as a message; throws where it is none. */
type Attempt = (message: DescMessage, value: unknown) => void

/** The names of an enum that a refusal lists at most. */
const namesMax = 12

/** Of a value that `attempt` refused for `cause`. */
export function refusalOf(
  cause: unknown,
  message: DescMessage,
  value: unknown,
  attempt: Attempt,
): RefusedError {
  if (cause instanceof RangeError && cause.message.includes('call stack')) {
    return new RefusedError('it is nested too deeply')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return new RefusedError(`expected message ${message.typeName}, got ${describe(value)}`)
  }
  for (const [name, member] of Object.entries(value)) {
    const field = message.fields.find((each) => each.name === name || each.jsonName === name)
    if (field === undefined) {
      const reason = `unknown field: ${message.typeName} has no field of this name`
      return new RefusedError(reason, name)
    }
    const refused = failure(() => attempt(message, { [name]: member }))
    if (refused !== undefined) return memberRefusal(refused, message, field, name, member, attempt)
  }
  return new RefusedError(textOf(cause))
}

function memberRefusal(
  refused: unknown,
  message: DescMessage,
  field: DescField,
  name: string,
  member: unknown,
  attempt: Attempt,
): RefusedError {
  const inner = field.message
  const isOwn = inner !== undefined && !inner.typeName.startsWith('google.protobuf.')
  if (isOwn && field.fieldKind === 'message') {
    return refusalOf(refused, inner, member, attempt).within(name)
  }
  for (const [key, item] of itemsOf(field, member)) {
    const alone = Array.isArray(member) ? [item] : { [key]: item }
    const wrong = failure(() => attempt(message, { [name]: alone }))
    if (wrong === undefined) continue
    const refusal = isOwn
      ? refusalOf(wrong, inner, item, attempt)
      : new RefusedError(itemReason(wrong, field, item))
    return refusal.within(`[${key}]`).within(name)
  }
  return new RefusedError(`expected ${expected(field)}, got ${describe(member)}`, name)
}

/** The items of a list or a map; none where it is neither. */
function itemsOf({ fieldKind }: DescField, member: unknown): [string, unknown][] {
  if (fieldKind === 'list' && Array.isArray(member)) return Object.entries(member)
  const isMap = fieldKind === 'map' && typeof member === 'object' && !Array.isArray(member)
  return isMap ? Object.entries(member as object) : []
}

function itemReason(cause: unknown, field: DescField, item: unknown): string {
  if (field.fieldKind === 'map' && textOf(cause).startsWith('invalid map key')) {
    return `the key is no ${protobuf().ScalarType[field.mapKey]?.toLowerCase()}`
  }
  return `expected ${expectedItem(field)}, got ${describe(item)}`
}

function expected(field: DescField): string {
  if (field.fieldKind === 'list') return `a list of ${expectedItem(field)}`
  return field.fieldKind === 'map' ? 'an object' : expectedItem(field)
}

function expectedItem(field: DescField): string {
  if (field.enum !== undefined) return namesOf(field.enum)
  if (field.message !== undefined)
    return wellKnown[field.message.typeName] ?? field.message.typeName
  const { ScalarType } = protobuf()
  if (field.scalar === ScalarType.BYTES) return 'bytes in base64'
  return ScalarType[field.scalar ?? ScalarType.STRING]?.toLowerCase() ?? 'a value'
}

function namesOf({ values, typeName }: DescEnum): string {
  if (values.length > namesMax) return `a name of ${typeName}`
  return `one of ${values.map(({ name }) => JSON.stringify(name)).join(', ')}`
}

/** What JSON has in their place. */
const wellKnown: Record<string, string> = {
  'google.protobuf.Timestamp': 'a time like "2026-01-04T12:30:05Z"',
  'google.protobuf.Duration': 'a duration like "1.5s"',
  'google.protobuf.StringValue': 'string',
  'google.protobuf.BytesValue': 'bytes in base64',
  'google.protobuf.BoolValue': 'bool',
  'google.protobuf.Int32Value': 'int32',
  'google.protobuf.Int64Value': 'int64',
  'google.protobuf.UInt32Value': 'uint32',
  'google.protobuf.UInt64Value': 'uint64',
  'google.protobuf.FloatValue': 'float',
  'google.protobuf.DoubleValue': 'double',
}

function failure(step: () => void): unknown {
  try {
    step()
    return undefined
  } catch (cause) {
    return cause
  }
}

/** Without the name of the field, which is said already. */
function textOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return text.replace(/^cannot decode \S+ \S+ from JSON: /, '')
}
