import { createRequire } from 'node:module'
import { KafkaError } from './errors.js'

const load = createRequire(import.meta.url)

/**
 * Whether a whole text matches a client's regular expression, in RE2's syntax, as Kafka has it:
 * the time it takes grows with the text and never explodes, whatever the expression is. Throws
 * INVALID_REGULAR_EXPRESSION.
 */
export function matcherOf(expression: string): (text: string) => boolean {
  // Loaded here: hardly a client sends one.
  const { RE2JS, RE2JSException }: typeof import('re2js') = load('re2js')
  try {
    const compiled = RE2JS.compile(expression)
    return (text) => compiled.matches(text)
  } catch (cause) {
    if (!(cause instanceof RE2JSException)) throw cause
    const where = `regular expression "${expression.slice(0, 100)}"`
    throw new KafkaError('INVALID_REGULAR_EXPRESSION', where, { detail: cause.message, cause })
  }
}
