/** A DOUBLE as Java writes it: `1.0`, `1.0E10`. */
export function javaNumberText(value: number): string {
  return javaNumber(value, (each) => String(each))
}

/** A FLOAT as Java writes it, in as few digits as tell it apart. */
export function javaFloatText(value: number): string {
  return javaNumber(value, shortestFloat)
}

/** The shortest digits that are this number as a 32-bit float. */
function shortestFloat(value: number): string {
  for (let digits = 1; digits <= 9; digits++) {
    const text = Number(value.toPrecision(digits))
    if (Math.fround(text) === value) return String(text)
  }
  return String(value)
}

/** `1.0`, `1.0E10`: Java's notation of a number whose shortest digits `digitsOf` gives. */
function javaNumber(value: number, digitsOf: (value: number) => string): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const size = Math.abs(value)
  const digits = digitsOf(value)
  if (size >= 1e-3 && size < 1e7) return digits.includes('.') ? digits : `${digits}.0`
  const [mantissa = '', exponent = ''] = Number(digits).toExponential().split('e')
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`
}
