import type { DescField, DescMessage } from '@bufbuild/protobuf'
import { RefusedError } from '../codec.js'
import { holdsNumber, rounded } from '../whole-numbers.js'
import { protobuf } from './runtime.js'

/**
 * A value as `fromJson` takes it without a change: it rounds numbers of 64 bits, and is exact where
 * they are text. So a bigint is text in a field of 64 bits, and in any other the nearest number.
 * Throws a `RefusedError` for a number beyond 2^53 in a field of 64 bits, which is not exact.
 */
export function jsonForm(message: DescMessage, value: unknown): unknown {
  return holdsNumber(value, isBeyondNumbers) ? ofMessage(message, value) : value
}

function isBeyondNumbers(value: number | bigint): boolean {
  return typeof value === 'bigint' || (Number.isInteger(value) && !Number.isSafeInteger(value))
}

function ofMessage(message: DescMessage, value: unknown): unknown {
  const wrapped = wrappers[message.typeName]
  if (wrapped !== undefined) return ofScalar(wrapped, value)
  if (message.typeName.startsWith('google.protobuf.') || !isObject(value)) return rounded(value)
  const members = Object.entries(value).map(([name, member]) => {
    const field = message.fields.find((each) => each.name === name || each.jsonName === name)
    if (field === undefined) return [name, rounded(member)]
    try {
      return [name, ofField(field, member)]
    } catch (cause) {
      throw cause instanceof RefusedError ? cause.within(name) : cause
    }
  })
  return Object.fromEntries(members)
}

function ofField(field: DescField, value: unknown): unknown {
  const one = (each: unknown) => {
    if (field.message !== undefined) return ofMessage(field.message, each)
    return field.scalar === undefined
      ? rounded(each)
      : ofScalar(protobuf().ScalarType[field.scalar], each)
  }
  if (field.fieldKind === 'list' && Array.isArray(value)) return value.map(one)
  if (field.fieldKind === 'map' && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, one(each)]))
  }
  return one(value)
}

function ofScalar(type: string | undefined, value: unknown): unknown {
  if (type === undefined || !of64Bits.has(type)) return rounded(value)
  if (typeof value === 'bigint') return String(value)
  if (!Number.isInteger(value) || Number.isSafeInteger(value)) return rounded(value)
  throw new RefusedError(
    `expected a whole number of 64 bits, got number ${value}: beyond ${Number.MAX_SAFE_INTEGER} a number is not exact`,
  )
}

const of64Bits: ReadonlySet<string> = new Set(['INT64', 'UINT64', 'SINT64', 'FIXED64', 'SFIXED64'])

const wrappers: Readonly<Record<string, string>> = {
  'google.protobuf.Int64Value': 'INT64',
  'google.protobuf.UInt64Value': 'UINT64',
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
