import { messageCharsMax } from './limits.js'

/**
 * A message as one line of readable length, whatever was repeated in it: characters that would end
 * the line, or do something to a terminal, are written as escapes.
 */
export function inOneLine(text: string): string {
  const shown = text.length > messageCharsMax ? `${text.slice(0, messageCharsMax)}…` : text
  return shown.replace(unprintable, (char) => {
    const known = names.get(char)
    return known ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

const unprintable = /[\p{Cc}\u2028\u2029]/gu
const names: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])
