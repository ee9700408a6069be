import type { Span } from './source.js'

/**
 * One word, literal or sign of a script.
 *
 * - `word`: an unquoted identifier or keyword; `text` as written, `upper` for comparing keywords.
 * - `quoted`: an identifier in backticks; `text` without them.
 * - `string`: `text` without quotes, `''` resolved. `prefix` is `U&` or `X` where written.
 * - `number`: `text` as written.
 * - `sign`: an operator or punctuation.
 * - `hint`: `text` between the comment signs of a hint.
 * - `end`: the end of the script.
 */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'sign' | 'hint' | 'end'
  readonly text: string
  readonly upper: string
  readonly prefix?: 'U&' | 'X'
  readonly at: Span
}
