/** What the options of the format say, without their prefix. Delimiters are single bytes. */
export interface CsvOptions {
  readonly delimiter: number
  /** -1 where fields have no quotes. */
  readonly quote: number
  /** -1 where nothing is escaped. */
  readonly escapeByte: number
  readonly nullLiteral: string | undefined
  readonly arrayDelimiter: string
  /** A line that begins with # is passed over. */
  readonly allowComments: boolean
  /** A field that cannot be converted is NULL, a record that cannot be cut into fields is passed over. */
  readonly ignoreParseErrors: boolean
  /** DECIMAL as in 1.2E+3; its digits as they are otherwise. */
  readonly isScientific: boolean
}

export function csvOptions(options: ReadonlyMap<string, string>): CsvOptions {
  const flag = (name: string) => options.get(name)?.toLowerCase() === 'true'
  const byteOf = (text: string) => text.charCodeAt(0)
  const escaping = options.get('escape-character')
  return {
    delimiter: byteOf(unescaped(options.get('field-delimiter') ?? ',')),
    quote: flag('disable-quote-character') ? -1 : byteOf(options.get('quote-character') ?? '"'),
    escapeByte: escaping === undefined ? -1 : byteOf(escaping),
    nullLiteral: options.get('null-literal'),
    arrayDelimiter: options.get('array-element-delimiter') ?? ';',
    allowComments: flag('allow-comments'),
    ignoreParseErrors: flag('ignore-parse-errors'),
    isScientific: flag('write-bigdecimal-in-scientific-notation'),
  }
}

const controls: Readonly<Record<string, string>> = { t: '\t', b: '\b', n: '\n', f: '\f', r: '\r' }

/** A delimiter may be written as Java writes a character: `\t`, `\u0001`. */
function unescaped(text: string): string {
  return text.replace(/\\(u+[0-9a-f]{4}|[0-7]{1,3}|.)/gi, (_, code: string) => {
    const hex = /^u+([0-9a-f]{4})$/i.exec(code)?.[1]
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
    if (/^[0-7]+$/.test(code)) return String.fromCharCode(Number.parseInt(code, 8))
    return controls[code] ?? code
  })
}
