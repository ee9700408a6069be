import type { LetterTest } from './node.js'

const between =
  (from: string, to: string): LetterTest =>
  (code) =>
    code >= from.charCodeAt(0) && code <= to.charCodeAt(0)

const oneOf =
  (...tests: LetterTest[]): LetterTest =>
  (code) =>
    tests.some((test) => test(code))

const among =
  (letters: string): LetterTest =>
  (code) =>
    letters.includes(String.fromCharCode(code))

const digit = between('0', '9')
const upper = between('A', 'Z')
const lower = between('a', 'z')
const letter = oneOf(upper, lower)
export const word = oneOf(letter, digit, among('_'))

export function not(test: LetterTest): LetterTest {
  return (code) => !test(code)
}

/** `\d` and its like, by the letter behind the backslash. */
export const escapedClasses: ReadonlyMap<string, LetterTest> = new Map([
  ['d', digit],
  ['D', not(digit)],
  ['w', word],
  ['W', not(word)],
  ['s', among('\t\n\f\r ')],
  ['S', not(among('\t\n\f\r '))],
])

/** `[:alpha:]` and its like. */
export const namedClasses: ReadonlyMap<string, LetterTest> = new Map([
  ['alnum', oneOf(letter, digit)],
  ['alpha', letter],
  ['ascii', (code) => code < 128],
  ['blank', among('\t ')],
  ['cntrl', (code) => code < 32 || code === 127],
  ['digit', digit],
  ['graph', between('!', '~')],
  ['lower', lower],
  ['print', between(' ', '~')],
  ['punct', (code) => between('!', '~')(code) && !oneOf(letter, digit)(code)],
  ['space', among('\t\n\v\f\r ')],
  ['upper', upper],
  ['word', word],
  ['xdigit', oneOf(digit, between('a', 'f'), between('A', 'F'))],
])

/** `\pL` and its like: a category of letters or a script, by its name in Unicode. */
export function unicodeClass(name: string): LetterTest | undefined {
  for (const property of [name, `Script=${name}`]) {
    try {
      const one = new RegExp(`^\\p{${property}}$`, 'u')
      return (code) => one.test(String.fromCharCode(code))
    } catch {
      // There is no such property.
    }
  }
  return undefined
}

/** `\t` and its like. */
export const escapedLetters: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['t', 9],
  ['n', 10],
  ['v', 11],
  ['f', 12],
  ['r', 13],
])

/** The same, whether its letters are small or capital. */
export function anyCase(test: LetterTest): LetterTest {
  return (code) => {
    const text = String.fromCharCode(code)
    return test(text.toLowerCase().charCodeAt(0)) || test(text.toUpperCase().charCodeAt(0))
  }
}
