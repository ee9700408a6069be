/** The units of a size, as Flink names them. */
const units: readonly (readonly [names: readonly string[], bytes: number])[] = [
  [['', 'b', 'bytes'], 1],
  [['k', 'kb', 'kibibytes'], 1024],
  [['m', 'mb', 'mebibytes'], 1024 ** 2],
  [['g', 'gb', 'gibibytes'], 1024 ** 3],
  [['t', 'tb', 'tebibytes'], 1024 ** 4],
]

/** A size as Flink's options write it (`128 mb`, `1024`), in bytes; undefined where it is none. */
export function memoryBytes(text: string): number | undefined {
  const match = /^(\d+)\s*([a-z]*)$/i.exec(text.trim())
  const unit = units.find(([names]) => names.includes((match?.[2] ?? '').toLowerCase()))
  const bytes = Number(match?.[1]) * (unit?.[1] ?? Number.NaN)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
