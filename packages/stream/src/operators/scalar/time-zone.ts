import { remembering } from './scalar-function.js'

/** Minutes that a zone is ahead of UTC, at an instant in milliseconds. */
export type Offset = (instantMillis: number) => number

/** Java's abbreviations. */
const abbreviations = new Map(
  `ACT=Australia/Darwin AET=Australia/Sydney AGT=America/Argentina/Buenos_Aires ART=Africa/Cairo
  AST=America/Anchorage BET=America/Sao_Paulo BST=Asia/Dhaka CAT=Africa/Harare
  CNT=America/St_Johns CST=America/Chicago CTT=Asia/Shanghai EAT=Africa/Addis_Ababa
  ECT=Europe/Paris EST=-05:00 HST=-10:00 IET=America/Indiana/Indianapolis IST=Asia/Kolkata
  JST=Asia/Tokyo MIT=Pacific/Apia MST=-07:00 NET=Asia/Yerevan NST=Pacific/Auckland
  PLT=Asia/Karachi PNT=America/Phoenix PRT=America/Puerto_Rico PST=America/Los_Angeles
  SST=Pacific/Guadalcanal VST=Asia/Ho_Chi_Minh`
    .split(/\s+/)
    .map((line) => line.split('=') as [string, string]),
)

/** A zone by its name, as Java's TimeZone has it: one that it does not know is UTC. */
export const zoneNamed = remembering((name): Offset => {
  const full = abbreviations.get(name) ?? name
  const custom = /^(?:GMT)?([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(full)
  if (custom !== null && (name.startsWith('GMT') || abbreviations.has(name))) {
    const minutes = Number(custom[2]) * 60 + Number(custom[3] ?? 0)
    return () => (custom[1] === '-' ? -minutes : minutes)
  }
  if (!/^[A-Z]/.test(full)) return () => 0
  try {
    return offsetsOf(full)
  } catch (error) {
    if (error instanceof RangeError) return () => 0
    throw error
  }
})

function offsetsOf(timeZone: string): Offset {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric', era: 'short' },
  } as Intl.DateTimeFormatOptions)
  return (instantMillis) => {
    const parts = new Map(
      format.formatToParts(instantMillis).map(({ type, value }) => [type, value]),
    )
    const at = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type))
    const year = parts.get('era') === 'BC' ? 1 - at('year') : at('year')
    const date = new Date(0)
    date.setUTCFullYear(year, at('month') - 1, at('day'))
    date.setUTCHours(at('hour'), at('minute'), at('second'))
    return Math.round((date.getTime() - Math.floor(instantMillis / 1000) * 1000) / 60_000)
  }
}

/**
 * The instant of a reading of the clock. One that comes twice is the later, and one that never
 * comes is moved on, as in Java: both are read in standard time.
 */
export function instantOf(localMillis: number, zone: Offset): number {
  const day = 86_400_000
  const around = [zone(localMillis - day), zone(localMillis + day)]
  const fitting = around.filter((minutes) => zone(localMillis - minutes * 60_000) === minutes)
  const minutes = Math.min(...(fitting.length > 0 ? fitting : around))
  return localMillis - minutes * 60_000
}
