import type { DataType } from '../../plan/type.js'
import { isNested } from '../../plan/type-family.js'
import type { Value } from './scalar-function.js'

/**
 * Values as a function of a script's own has them: numbers, `bigint`s, texts, bytes; arrays, objects
 * by the names of a row's fields, and `Map`s. What is made of others crosses as the JSON text of
 * columns (`duckdb/nested.ts`), in which all but booleans and small whole numbers are texts.
 */
export function readValue(value: Value | null, type: DataType): unknown {
  return value === null || !isNested(type) ? value : readPart(JSON.parse(String(value)), type)
}

function readPart(part: unknown, type: DataType): unknown {
  if (part === null) return null
  switch (type.kind) {
    case 'array':
      return (part as unknown[]).map((each) => readPart(each, type.element))
    case 'row':
      return Object.fromEntries(
        type.fields.map(({ name, type: of }, index) => {
          return [name, readPart((part as Record<string, unknown>)[`f${index}`], of)]
        }),
      )
    case 'map':
      return new Map(
        Object.entries(part as object).map(([key, value]) => [key, readPart(value, type.value)]),
      )
    case 'bigint':
      return BigInt(String(part))
    case 'float':
    case 'double':
      return numberOf(String(part))
    default:
      return part
  }
}

/** DuckDB writes infinity shorter than JavaScript. */
function numberOf(text: string): number {
  return Number(text.replace('inf', 'Infinity'))
}

/** What a function gave, as a value of its type; undefined where it is none. */
export function writtenValue(result: unknown, type: DataType): Value | null | undefined {
  if (result === null || result === undefined) return null
  if (!isNested(type)) return scalarValue(result, type)
  const part = writtenPart(result, type)
  return part === undefined ? undefined : JSON.stringify(part)
}

function writtenPart(result: unknown, type: DataType): unknown {
  if (result === null || result === undefined) return type.nullable ? null : undefined
  switch (type.kind) {
    case 'array': {
      if (!Array.isArray(result)) return undefined
      return whole(result.map((each) => writtenPart(each, type.element)))
    }
    case 'row': {
      if (typeof result !== 'object') return undefined
      const given = result as Record<string, unknown>
      const parts = whole(type.fields.map(({ name, type: of }) => writtenPart(given[name], of)))
      return parts && Object.fromEntries(parts.map((part, index) => [`f${index}`, part]))
    }
    case 'map': {
      if (!(result instanceof Map)) return undefined
      const keys = whole([...result.keys()].map((key) => scalarValue(key, type.key)))
      const values = whole([...result.values()].map((value) => writtenPart(value, type.value)))
      if (keys === undefined || values === undefined) return undefined
      return Object.fromEntries(keys.map((key, index) => [key, values[index]]))
    }
    default: {
      const value = scalarValue(result, type)
      const isItself = typeof value === 'boolean' || type.kind === 'int'
      return value === undefined || isItself || isSmall(type) ? value : String(value)
    }
  }
}

/** The parts, where each is one of its type. */
function whole(parts: readonly unknown[]): readonly unknown[] | undefined {
  return parts.includes(undefined) ? undefined : parts
}

function isSmall({ kind }: DataType): boolean {
  return kind === 'tinyint' || kind === 'smallint'
}

const integerBits: Partial<Record<DataType['kind'], number>> = {
  ...{ tinyint: 8, smallint: 16, int: 32, bigint: 64 },
}

function scalarValue(result: unknown, type: DataType): Value | undefined {
  const bits = integerBits[type.kind]
  if (bits !== undefined) {
    const isWhole = typeof result === 'bigint' || Number.isSafeInteger(result)
    if (!isWhole) return undefined
    const value = BigInt(result as bigint | number)
    if (BigInt.asIntN(bits, value) !== value) return undefined
    return type.kind === 'bigint' ? value : Number(value)
  }
  switch (type.kind) {
    case 'boolean':
      return typeof result === 'boolean' ? result : undefined
    case 'float':
    case 'double':
      return typeof result === 'number' ? result : undefined
    case 'binary':
    case 'varbinary':
      return result instanceof Uint8Array ? result : undefined
    case 'decimal': {
      const isNumber = typeof result === 'bigint' || Number.isFinite(result)
      return typeof result === 'string' || isNumber ? `${result}` : undefined
    }
    default:
      return typeof result === 'string' ? result : undefined
  }
}
