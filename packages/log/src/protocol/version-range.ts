/** Versions from `min` to `max`, both included. */
export interface VersionRange {
  readonly min: number
  readonly max: number
}

/** Reads `0+`, `3-13` or `7`. */
export function versionRange(text: string): VersionRange {
  const match = /^(\d+)(?:(\+)|-(\d+))?$/.exec(text)
  if (!match) throw new TypeError(`'${text}' is not a range of versions (like 0+, 3-13 or 7).`)
  const min = Number(match[1])
  if (match[2]) return { min, max: Number.MAX_SAFE_INTEGER }
  return { min, max: match[3] === undefined ? min : Number(match[3]) }
}

export function inRange(range: VersionRange, version: number): boolean {
  return version >= range.min && version <= range.max
}
