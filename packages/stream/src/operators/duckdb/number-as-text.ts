/**
 * CAST between DOUBLE or FLOAT and text, in the notation of Java. The digits are DuckDB's: as few
 * as tell the number apart. (Java 17 writes a digit more of some.)
 */

/** From ten million on, and below a thousandth, with an exponent: 1.25E7. */
export function textOfDouble(sql: string): string {
  const written = `CAST(abs(${sql}) AS VARCHAR)`
  const mantissa = `regexp_extract(${written}, '^[0-9.]+')`
  const digits = `rtrim(ltrim(replace(${mantissa}, '.', ''), '0'), '0')`
  const exponent = `CAST(coalesce(nullif(regexp_extract(${written}, 'e(.*)$', 1), ''), '0') AS INTEGER)`
  const whole = `regexp_extract(${mantissa}, '^[1-9][0-9]*')`
  const zeros = `length(regexp_extract(${mantissa}, '^0[.](0*)', 1))`
  const power = `${exponent} + CASE WHEN ${whole} = '' THEN -1 - ${zeros} ELSE length(${whole}) - 1 END`
  const rest = `CASE WHEN length(${digits}) > 1 THEN substr(${digits}, 2) ELSE '0' END`
  const sign = `CASE WHEN ${sql} < 0 THEN '-' ELSE '' END`
  return `CASE WHEN isnan(${sql}) THEN 'NaN'
    WHEN isinf(${sql}) THEN CASE WHEN ${sql} > 0 THEN 'Infinity' ELSE '-Infinity' END
    WHEN ${sql} = 0 OR (abs(${sql}) >= 1e-3 AND abs(${sql}) < 1e7) THEN CAST(${sql} AS VARCHAR)
    ELSE ${sign} || left(${digits}, 1) || '.' || ${rest} || 'E' || (${power}) END`
}

/** What Java's parseDouble takes, but for hexadecimal digits. */
export function doubleFromText(sql: string, name: 'DOUBLE' | 'FLOAT', cast: string): string {
  const written = `trim(${sql})`
  const number = '([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?[fFdD]?'
  const isNumber = `regexp_full_match(${written}, '[+-]?(NaN|Infinity|${number})')`
  const otherwise =
    cast === 'CAST' ? `error('Conversion: "' || ${sql} || '" is no ${name}')` : 'NULL'
  return `CASE WHEN ${isNumber} THEN ${cast}(rtrim(${written}, 'fFdD') AS ${name}) WHEN ${sql} IS NOT NULL THEN ${otherwise} END`
}
