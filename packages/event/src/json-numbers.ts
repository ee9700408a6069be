/**
 * JSON whose whole numbers keep their digits: those that JavaScript's numbers would change (beyond
 * 2^53) are bigints. A number with a fraction or an exponent is the nearest double, as everywhere.
 */

/** As many digits as a whole number beyond 2^53 has, with no point before them. */
const mayBeInexact = /(?:^|[^\d.])(?:[1-9]\d{16}|9\d{15})/

/** Beyond so many digits a whole number is one of JavaScript's, since no schema has a place for it. */
const digitsMax = 1_000

/** A name with its colon, another string, a bracket, or a word: a number, true, false, null. */
const token = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\]]|[^\s,:{}[\]"]+/g

/** As `JSON.parse`, but for whole numbers. Throws a `SyntaxError`. */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  return mayBeInexact.test(text) ? readExact(text) : value
}

/** Reads a text that is sound, without a stack that its depth could exhaust. */
function readExact(text: string): unknown {
  const open: (unknown[] | Record<string, unknown>)[] = []
  let name = ''
  let root: unknown
  const put = (value: unknown) => {
    const into = open.at(-1)
    if (into === undefined) root = value
    else if (Array.isArray(into)) into.push(value)
    else setMember(into, name, value)
  }
  for (const [word, string, colon] of text.matchAll(token)) {
    if (string !== undefined) {
      if (colon === undefined) put(JSON.parse(string))
      else name = JSON.parse(string) as string
    } else if (word === '{' || word === '[') {
      const value = word === '{' ? {} : []
      put(value)
      open.push(value)
    } else if (word === '}' || word === ']') {
      open.pop()
    } else {
      put(scalar(word))
    }
  }
  return root
}

function scalar(word: string): unknown {
  const value: unknown = JSON.parse(word)
  if (typeof value !== 'number' || Number.isSafeInteger(value) || word.length > digitsMax) {
    return value
  }
  return /^-?\d+$/.test(word) ? BigInt(word) : value
}

function setMember(into: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') into[name] = value
  // The name is one like any other, and not the way to the prototype.
  else
    Object.defineProperty(into, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
}

/** As `JSON.stringify`, with bigints as the whole numbers that they are. */
export function printJson(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    if (cause instanceof TypeError) return printExact(value)
    throw cause
  }
}

function printExact(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(printExact).join(',')}]`
  const members = Object.entries(value).map(([name, each]) => {
    return `${JSON.stringify(name)}:${printExact(each)}`
  })
  return `{${members.join(',')}}`
}
