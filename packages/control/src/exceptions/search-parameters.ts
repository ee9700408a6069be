import { parseRfc3339 } from '@millrace/event'
import { controlErrors } from '../errors.js'
import {
  exceptionsListed,
  exceptionsListedMax,
  exceptionsRead,
  exceptionsReadMax,
  exceptionsResent,
  exceptionsResentMax,
} from '../limits.js'
import { suggestion } from '../project/spelling.js'
import type { ExceptionSearch, ResendRequest } from './exceptions.js'
import { placeOf } from './place.js'

/** Parameters by name, as a query has them (texts) or a body (any JSON). */
export type Parameters = Readonly<Record<string, unknown>>

const texts = ['topic', 'reason', 'field', 'keyword', 'event'] as const

const names = [...texts, 'since', 'until', 'status', 'limit', 'read']

/**
 * What a list is asked for; `now` is what a time that has passed (`2h`) counts from. Throws
 * BAD_PARAMETER, with one line for the first that is wrong.
 */
export function readSearch(parameters: Parameters, now: number): ExceptionSearch {
  refuseOthers(parameters, names)
  return search(parameters, now, { limit: exceptionsListed, limitMax: exceptionsListedMax })
}

/** What is asked to be sent again. Throws as `readSearch`. */
export function readResend(parameters: Parameters, now: number): ResendRequest {
  const known = names.filter((name) => name !== 'status')
  refuseOthers(parameters, [...known, 'ids', 'dryRun'])
  const { ids, dryRun = false } = parameters
  if (typeof dryRun !== 'boolean') {
    throw controlErrors.badParameter('dryRun', dryRun, '`true` or `false`')
  }
  const limits = { limit: exceptionsResent, limitMax: exceptionsResentMax }
  const asked = { ...search(parameters, now, limits), isDry: dryRun }
  if (ids === undefined) return asked
  const isList = Array.isArray(ids) && ids.length > 0 && ids.length <= exceptionsResentMax
  if (!isList || !ids.every((id) => typeof id === 'string')) {
    throw controlErrors.badParameter('ids', ids, `a list of 1 to ${exceptionsResentMax} ids`)
  }
  const other = known.find((name) => parameters[name] !== undefined)
  if (other !== undefined) {
    throw controlErrors.badParameter(other, parameters[other], 'left out where `ids` are given')
  }
  return { ...asked, places: ids.map(placeOf) }
}

function search(
  parameters: Parameters,
  now: number,
  { limit, limitMax }: { limit: number; limitMax: number },
): ExceptionSearch {
  const given = texts.flatMap((name) => {
    const value = parameters[name]
    if (value === undefined) return []
    if (typeof value === 'string') return [[name, value]]
    throw controlErrors.badParameter(name, value, 'text, given once')
  })
  const { status = 'open' } = parameters
  if (status !== 'open' && status !== 'resent' && status !== 'all') {
    throw controlErrors.badParameter('status', status, '`open`, `resent` or `all`')
  }
  return {
    filter: {
      ...Object.fromEntries(given),
      ...moment('since', parameters.since, now),
      ...moment('until', parameters.until, now),
      status,
    },
    limit: count('limit', parameters.limit, limit, limitMax),
    readMax: count('read', parameters.read, exceptionsRead, exceptionsReadMax),
  }
}

function refuseOthers(parameters: Parameters, known: readonly string[]): void {
  const other = Object.keys(parameters).find((name) => !known.includes(name))
  if (other !== undefined) throw controlErrors.unknownParameter(other, suggestion(other, known))
}

function count(name: string, given: unknown, preset: number, most: number): number {
  if (given === undefined) return preset
  const text = typeof given === 'number' ? String(given) : given
  const value = typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (value >= 1 && value <= most) return value
  throw controlErrors.badParameter(name, given, `a whole number from 1 to ${most}`)
}

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** A moment as RFC 3339 has it, or how long ago it is: `90s`, `15m`, `2h`, `7d`. */
function moment(name: 'since' | 'until', given: unknown, now: number): Record<string, number> {
  if (given === undefined) return {}
  const text = typeof given === 'string' ? given : ''
  const [, ago, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  if (unit !== undefined) return { [name]: now - Number(ago) * (unitMs[unit] ?? 0) }
  const micros = parseRfc3339(text)
  if (micros !== undefined) return { [name]: Math.floor(micros / 1_000) }
  throw controlErrors.badParameter(
    name,
    given,
    'a time like `2026-01-04T12:30:00Z`, or how long ago it is, like `15m`, `2h`, `7d`',
  )
}
