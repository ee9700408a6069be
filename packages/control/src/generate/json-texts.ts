/** Strings that satisfy formats, patterns and lengths, as far as one attempt goes. */
import { isObject } from '@millrace/schema/read'
import { formatText } from './formats.js'
import { numbersOf } from './json-numbers.js'
import { patternText } from './pattern-text.js'
import type { Moment, ValuesOptions } from './values.js'
import { textFor } from './words.js'

type Keywords = { readonly [keyword: string]: unknown }

/** How many texts of a pattern are tried for one of the right length. */
const patternTriesMax = 60
/** Where no length is asked for. */
const lengthMax = 10_000

/** A string for schemas that hold all at once; the attempts take formats and patterns in turn. */
export function jsonText(
  all: readonly Keywords[],
  field: string,
  moment: Moment,
  options: ValuesOptions & { attempt: number; isTime: boolean },
): string {
  const { random, attempt } = options
  const least = Math.max(0, ...numbersOf(all, 'minLength'))
  const most = Math.min(Number.POSITIVE_INFINITY, ...numbersOf(all, 'maxLength'))
  const patterns = textsOf(all, 'pattern')
  const formats = textsOf(all, 'format')
  const pattern = patterns[attempt % patterns.length]
  const isPatternNext = pattern !== undefined && (formats.length === 0 || attempt % 2 === 1)
  if (isPatternNext) {
    const text = ofLength(pattern, least, most, options)
    if (text !== undefined) return text
  }
  const format = formats[0] ?? (options.isTime ? 'date-time' : undefined)
  const known = format === undefined ? undefined : formatText(format, field, moment, options)
  const text = known ?? textFor(field, random)
  return pattern === undefined && known !== undefined ? text : fitted(text, least, most)
}

function ofLength(
  pattern: string,
  least: number,
  most: number,
  { random, attempt }: ValuesOptions & { attempt: number },
): string | undefined {
  const spreads = [4, 1, 0, Math.min(least, lengthMax), Math.min(2 * least, lengthMax), 16]
  let text: string | undefined
  for (let tries = 0; tries < patternTriesMax; tries++) {
    text = patternText(pattern, random, spreads[(attempt + tries) % spreads.length])
    const length = text === undefined ? least : [...text].length
    if (length >= least && length <= most) return text
  }
  // A pattern that does not reach to the end has room there.
  return text === undefined ? undefined : fitted(text, least, most)
}

/** Cut, or made longer by letters. */
function fitted(text: string, least: number, most: number): string {
  const letters = [...text]
  if (letters.length > most) return letters.slice(0, most).join('')
  if (letters.length >= least) return text
  return text + 'x'.repeat(Math.min(least, lengthMax) - letters.length)
}

/** What schemas say under a keyword, where it is a text. */
function textsOf(all: readonly Keywords[], keyword: string): string[] {
  return [
    ...new Set(
      all.flatMap((each) => {
        const text = isObject(each) ? each[keyword] : undefined
        return typeof text === 'string' ? [text] : []
      }),
    ),
  ]
}
