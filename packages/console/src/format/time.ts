/**
 * Event times are shown in UTC, as Flink's TIMESTAMP has no zone; only the chart of rates, which is
 * about here and now, speaks the reader's own time.
 */
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** The last instant that a `Date` can hold. */
const lastInstant = 8.64e15

/** `4 Jan 07:15`, with seconds where they are not zero. */
export function formatEventTime(ms: number): string {
  if (!isInstant(ms)) return '–'
  const date = new Date(ms)
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${formatClock(ms)}`
}

/** `Sun 4 Jan 07:15 UTC`, for where there is room. */
export function formatEventTimeLong(ms: number): string {
  if (!isInstant(ms)) return '–'
  return `${weekdays[new Date(ms).getUTCDay()]} ${formatEventTime(ms)} UTC`
}

/** `07:15`, or `07:15:30`. */
export function formatClock(ms: number): string {
  const text = new Date(ms).toISOString()
  return text.slice(11, ms % 60_000 === 0 ? 16 : 19)
}

/** A watermark; a job that has read its inputs to their end sets it beyond every date. */
export function formatWatermark(ms: number): string {
  return ms > lastInstant ? 'end of input' : formatEventTime(ms)
}

function isInstant(ms: number): boolean {
  return Math.abs(ms) <= lastInstant
}
