const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })
const precise = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 })

/** A total: exact below a million (`15,002`), three digits from there (`4.21M`). */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return '–'
  return Math.abs(count) < 1_000_000 ? whole.format(count) : compact.format(count)
}

/** Records per second: a decimal only where it matters (`0.4`, `7.5`, `128`, `12.3K`). */
export function formatRate(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return '–'
  if (perSecond === 0) return '0'
  if (perSecond < 0.05) return '<0.1'
  if (perSecond < 9.95) return (Math.round(perSecond * 10) / 10).toString()
  return perSecond < 9_999.5 ? whole.format(perSecond) : compact.format(perSecond)
}

const sizeUnits = ['B', 'KB', 'MB', 'GB', 'TB']

/** A size in memory, in units of 1024: `480 B`, `1.21 MB`. */
export function formatBytes(bytes: number): string {
  let size = bytes
  let unit = 0
  while (size >= 999.5 && unit < sizeUnits.length - 1) {
    size /= 1024
    unit++
  }
  return `${compact.format(size)} ${sizeUnits[unit]}`
}

/** A value of a board, whose magnitude nobody knows beforehand: four significant digits. */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return '–'
  return Math.abs(value) < 1_000_000 ? precise.format(value) : compact.format(value)
}

/** `1 stage`, `2 stages`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 || noun === 'series' ? '' : 's'}`
}
