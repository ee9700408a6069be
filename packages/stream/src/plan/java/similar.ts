/** Signs that mean something in a pattern of SIMILAR TO, and those that do in Java's. */
const similarSigns = '[]()|^-+*_%?{}'
const javaSigns = '[]()|^-+*?{}$\\.'

const classes = new Map([
  ['[:ALPHA:]', '\\p{Alpha}'],
  ['[:UPPER:]', '\\p{Upper}'],
  ['[:LOWER:]', '\\p{Lower}'],
  ['[:DIGIT:]', '\\d'],
  ['[:SPACE:]', ' '],
  ['[:WHITESPACE:]', '\\s'],
  ['[:ALNUM:]', '\\p{Alnum}'],
])

/**
 * A pattern of SIMILAR TO as the regular expression of Java that Flink makes of it, which has to
 * match the whole text: `_` is any character, `%` any text; `.` and `^` mean what they mean in
 * Java. Undefined where Flink refuses the pattern.
 */
export function javaOfSimilar(pattern: string, escapedBy?: string): string | undefined {
  let java = ''
  let isInClass = false
  for (let at = 0; at < pattern.length; at++) {
    const sign = pattern.charAt(at)
    if (sign === escapedBy) {
      const next = pattern.charAt(++at)
      if (next === '' || (next !== escapedBy && !similarSigns.includes(next))) return undefined
      java += javaSigns.includes(next) ? `\\${next}` : next
    } else if (isInClass) {
      const named = [...classes].find(([name]) => {
        const written = pattern.slice(at, at + name.length)
        return written === name || written === name.toLowerCase()
      })
      if (named !== undefined) {
        java += named[1]
        at += named[0].length - 1
      } else if (sign === ']' || sign === '-' || sign === '^') {
        java += sign
        isInClass = sign !== ']'
      } else if (similarSigns.includes(sign)) return undefined
      else java += sign === '\\' ? '\\\\' : sign
    } else {
      if (sign === ']') return undefined
      isInClass = sign === '['
      java += outside.get(sign) ?? sign
    }
  }
  return isInClass ? undefined : java
}

const outside = new Map([
  ['_', '.'],
  ['%', '(?:.*)'],
  ['\\', '\\\\'],
  ['$', '\\$'],
])
