const dayMs = 86_400_000
/** Where the hour stands in `2026-01-04T12:30:00.000Z`, and how long that is. */
const hourAt = 11
const textBytes = 24
const zero = 0x30

/**
 * Moments as RFC 3339 text, to the millisecond, as `toISOString` writes them. Most events are of
 * the day of the one before, whose date stands there already.
 */
export class TimeText {
  readonly #text = Buffer.alloc(textBytes)
  #day = Number.NaN

  /** The text of a time in milliseconds since 1970, which a Date can hold; good until the next. */
  of(time: number): Uint8Array {
    const whole = Math.trunc(time)
    const day = Math.floor(whole / dayMs)
    if (day !== this.#day) {
      const iso = new Date(whole).toISOString()
      // Years before 0 and after 9999 have more digits.
      if (iso.length !== textBytes) return Buffer.from(iso, 'latin1')
      this.#text.write(iso, 'latin1')
      this.#day = day
      return this.#text
    }
    const text = this.#text
    let rest = whole - day * dayMs
    const hour = Math.floor(rest / 3_600_000)
    rest -= hour * 3_600_000
    const minute = Math.floor(rest / 60_000)
    rest -= minute * 60_000
    const second = Math.floor(rest / 1_000)
    rest -= second * 1_000
    twoDigits(text, hour, hourAt)
    twoDigits(text, minute, hourAt + 3)
    twoDigits(text, second, hourAt + 6)
    text[hourAt + 9] = zero + Math.floor(rest / 100)
    twoDigits(text, rest % 100, hourAt + 10)
    return text
  }
}

function twoDigits(text: Buffer, value: number, at: number): void {
  const tens = Math.floor(value / 10)
  text[at] = zero + tens
  text[at + 1] = zero + value - tens * 10
}
