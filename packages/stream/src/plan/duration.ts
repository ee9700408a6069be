/** The units of a duration, as Flink names them. */
const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  milli: 1,
  millis: 1,
  millisecond: 1,
  milliseconds: 1,
  s: 1000,
  sec: 1000,
  secs: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
}

/**
 * A duration as Flink's options write it (`5 s`, `1 min`, `500 ms`, `250`), in milliseconds;
 * undefined where the text is none, or finer than a millisecond.
 */
export function durationMs(text: string): number | undefined {
  const match = /^(\d+)\s*([a-z]*)$/i.exec(text.trim())
  if (match === null) return undefined
  const unit = match[2] ? unitMs[match[2].toLowerCase()] : 1
  const milliseconds = Number(match[1]) * (unit ?? Number.NaN)
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined
}
