import type { CallerLimits, CallerPolicy } from '@millrace/gateway'
import { callerBytesPerSecondMax, callerRequestsPerSecondMax } from '../limits.js'
import type { Mapping } from './mapping.js'

/** The name of an HTTP header (RFC 9110, section 5.6.2). */
const headerName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/

/** Reads `limits` under `gateway` in `millrace.yaml`: how much each caller may send. */
export function readCallers(yaml: Mapping | undefined): CallerPolicy | undefined {
  if (yaml === undefined) return undefined
  const header = yaml.text('header', { pattern: headerName, says: "an HTTP header's name" })
  const limits = readLimits(yaml)
  const named = yaml.mapping('callers')
  const callers = new Map<string, CallerLimits>()
  for (const name of named?.keys() ?? []) {
    const each = named?.mapping(name)
    if (each === undefined) continue
    callers.set(name, readLimits(each))
    each.end()
  }
  yaml.end()
  if (!isLimit(limits) && callers.size === 0) {
    yaml.problem(
      '',
      '`limits` limits nothing',
      'Write `requestsPerSecond` or `bytesPerSecond`, or both, or leave `limits` out.',
    )
  }
  return {
    limits,
    // Node has the names of headers in small letters.
    ...(header === undefined ? {} : { header: header.toLowerCase() }),
    ...(callers.size === 0 ? {} : { callers }),
  }
}

function readLimits(yaml: Mapping): CallerLimits {
  const requests = yaml.integer('requestsPerSecond', { min: 1, max: callerRequestsPerSecondMax })
  const bytes = yaml.integer('bytesPerSecond', { min: 1, max: callerBytesPerSecondMax })
  return {
    ...(requests === undefined ? {} : { requestsPerSecond: requests }),
    ...(bytes === undefined ? {} : { bytesPerSecond: bytes }),
  }
}

function isLimit({ requestsPerSecond, bytesPerSecond }: CallerLimits): boolean {
  return requestsPerSecond !== undefined || bytesPerSecond !== undefined
}
