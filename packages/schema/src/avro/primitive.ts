/** Checks of Avro's primitive types, and of the logical types of time on them. */
import { parseFullDate, parseRfc3339 } from '@millrace/event'
import { RefusedError } from '../codec.js'
import type { Check, TypeCheck } from './check.js'
import { describe, type ValueKind } from './value.js'

export const intMin = -(2 ** 31)
export const intMax = 2 ** 31 - 1
/**
 * What avsc writes as it is: it counts in doubles, and a long takes twice its value there, one less
 * where it is negative. (It refuses the largest number that would do.)
 */
export const longMin = -(2 ** 52)
export const longMax = 2 ** 53 - 2
/** Of a long, which as a number is exact within 2^53 only. */
export const int64Min = -(2n ** 63n)
export const int64Max = 2n ** 63n - 1n
/** Largest finite float; a double that rounds to more becomes infinite as a float. */
export const floatMax = 3.4028235677973366e38

/** The check of a primitive type; a logical type that is not known here changes nothing. */
export function checkPrimitive(typeName: string, logicalType: unknown): TypeCheck {
  switch (typeName) {
    case 'null':
      return of('null', 'null', (value) => {
        if (value === null) return null
        throw expected('null', value)
      })
    case 'boolean':
      return of('boolean', 'boolean', (value) => {
        if (typeof value === 'boolean') return value
        throw expected('boolean', value)
      })
    case 'int':
      return logicalType === 'date' ? moment('date', 'int', int, parseFullDate) : int
    case 'long':
      if (logicalType === 'timestamp-millis') {
        return moment('timestamp-millis', 'long', long, (text) => {
          const micros = parseRfc3339(text)
          return micros === undefined ? undefined : Math.floor(micros / 1000)
        })
      }
      if (logicalType === 'timestamp-micros') {
        return moment('timestamp-micros', 'long', long, parseRfc3339)
      }
      return long
    case 'float':
      return of('float', 'number', (given) => {
        const value = typeof given === 'bigint' ? Number(given) : given
        if (!Number.isFinite(value)) throw expected('float', value)
        if (Math.abs(value as number) < floatMax) return value
        throw new RefusedError(`expected float, got number ${value}, which is too large for it`)
      })
    case 'double':
      return of('double', 'number', (given) => {
        const value = typeof given === 'bigint' ? Number(given) : given
        if (Number.isFinite(value)) return value
        throw expected('double', value)
      })
    case 'string':
      return of('string', 'string', (value) => {
        if (typeof value !== 'string') throw expected('string', value)
        if (!/\p{Surrogate}/u.test(value)) return value
        throw new RefusedError('expected string, got one with half a surrogate pair in it')
      })
    case 'bytes':
      return { ...of('bytes', 'bytes', bytes), alsoTakes: ['string'] }
    default:
      throw new Error(`There is no Avro type ${typeName}.`)
  }
}

const int: TypeCheck = of('int', 'number', (given) => {
  const value = typeof given === 'bigint' ? Number(given) : given
  if (!Number.isInteger(value)) throw expected('int', value)
  if ((value as number) >= intMin && (value as number) <= intMax) return value
  throw new RefusedError(`expected int, got number ${given}: outside ${intMin} to ${intMax}`)
})

/** A number where avsc writes it, else a bigint. */
const long: TypeCheck = of('long', 'number', (value) => {
  const given = typeof value === 'bigint' ? Number(value) : value
  if (!Number.isInteger(given)) throw expected('long', value)
  if ((given as number) >= longMin && (given as number) <= longMax) return given
  if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) {
    throw new RefusedError(
      `expected long, got number ${value}: beyond ${Number.MAX_SAFE_INTEGER} a number is not exact`,
    )
  }
  const exact = BigInt(value as number | bigint)
  if (exact >= int64Min && exact <= int64Max) return exact
  throw new RefusedError(`expected long, got number ${value}: outside ${int64Min} to ${int64Max}`)
})

function of(title: string, kind: ValueKind, check: Check): TypeCheck {
  return { title, takes: [kind], alsoTakes: [], check }
}

/** A logical type of time: a number in its unit, or a text that names the moment. */
function moment(
  logicalType: string,
  typeName: string,
  number: TypeCheck,
  parse: (text: string) => number | undefined,
): TypeCheck {
  const example = logicalType === 'date' ? '2026-01-04' : '2026-01-04T12:30:00Z'
  return {
    title: `${typeName} (${logicalType})`,
    takes: ['number'],
    alsoTakes: ['string'],
    check: (value) => {
      if (typeof value !== 'string') return number.check(value)
      const parsed = parse(value)
      if (parsed !== undefined) return number.check(parsed)
      throw new RefusedError(
        `expected ${logicalType} as a number or like "${example}", got ${describe(value)}`,
      )
    },
  }
}

/** Bytes, or Avro's JSON form of them: a string of the code points 0 to 255. */
function bytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return hasBuffer ? Buffer.from(value) : value
  if (typeof value !== 'string') throw expected('bytes', value)
  for (let i = 0; i < value.length; i++) {
    if (value.charCodeAt(i) > 0xff) {
      throw new RefusedError('expected bytes, got a string with a character above U+00FF')
    }
  }
  if (hasBuffer) return Buffer.from(value, 'latin1')
  return Uint8Array.from(value, (character) => character.charCodeAt(0))
}

/** avsc writes nothing but a Buffer. A browser has none, and nothing is written there. */
const hasBuffer = typeof Buffer !== 'undefined'

function expected(title: string, value: unknown): RefusedError {
  return new RefusedError(`expected ${title}, got ${describe(value)}`)
}
