import { KafkaError } from '../../errors.js'
import { patternBytesMax, patternStepsMax } from '../../limits.js'
import { type LetterTest, PatternError, type PatternNode, type PlaceTest } from './node.js'
import { parsePattern } from './parse.js'

/** One step of a pattern; `next` and `or` are the numbers of the steps behind it. */
type Step =
  | { kind: 'letter'; test: LetterTest; next: number }
  | { kind: 'place'; test: PlaceTest; next: number }
  | { kind: 'either'; next: number; or: number }
  | { kind: 'end' }

/**
 * A regular expression that names of topics match as a whole, in the syntax of RE2, which is
 * Kafka's on the broker's side.
 *
 * It is run as RE2 runs it: all ways through the pattern at once, one letter after another. So it
 * takes no longer than letters times steps, whatever a client sends; the expressions of
 * JavaScript may take for ever, and nothing else would run meanwhile.
 */
export class TopicPattern {
  readonly #steps: Step[] = [{ kind: 'end' }]
  readonly #first: number

  /** Throws INVALID_REGULAR_EXPRESSION. */
  constructor(text: string) {
    try {
      if (Buffer.byteLength(text) > patternBytesMax) {
        throw new PatternError(`it has more than ${patternBytesMax} bytes`)
      }
      this.#first = this.#compile(parsePattern(text), 0)
    } catch (cause) {
      if (!(cause instanceof PatternError)) throw cause
      const detail = `It is not an expression of RE2: ${cause.message}.`
      throw new KafkaError('INVALID_REGULAR_EXPRESSION', `pattern "${text.slice(0, 100)}"`, {
        detail,
      })
    }
  }

  matches(name: string): boolean {
    let steps = this.#reached([this.#first], name, 0)
    for (let at = 0; at < name.length && steps.length > 0; at++) {
      const code = name.charCodeAt(at)
      const next: number[] = []
      for (const step of steps) {
        if (step.kind === 'letter' && step.test(code)) next.push(step.next)
      }
      steps = this.#reached(next, name, at + 1)
    }
    return steps.some((each) => each.kind === 'end')
  }

  /** Letters and ends that are reached from some steps without a letter in between. */
  #reached(from: readonly number[], name: string, at: number): Step[] {
    const seen = new Set(from)
    const found: Step[] = []
    // A set gives what is added to it while it is gone through, too.
    for (const number of seen) {
      const step = this.#steps[number]
      if (step === undefined) continue
      if (step.kind === 'either') seen.add(step.next).add(step.or)
      else if (step.kind !== 'place') found.push(step)
      else if (step.test(name, at)) seen.add(step.next)
    }
    return found
  }

  /** Adds the steps of a node before the step `next`; gives the number of the first. */
  #compile(node: PatternNode, next: number): number {
    switch (node.kind) {
      case 'letter':
        return this.#add({ kind: 'letter', test: node.test, next })
      case 'place':
        return this.#add({ kind: 'place', test: node.test, next })
      case 'sequence':
        return node.parts.reduceRight((behind, part) => this.#compile(part, behind), next)
      case 'choice':
        return node.options
          .map((option) => this.#compile(option, next))
          .reduce((or, first) => this.#add({ kind: 'either', next: first, or }))
      case 'repeat':
        return this.#repeat(node.of, node.min, node.max, next)
    }
  }

  #repeat(of: PatternNode, min: number, max: number, next: number): number {
    let first = next
    if (max === Number.POSITIVE_INFINITY) {
      const loop = { kind: 'either' as const, next: 0, or: next }
      first = this.#add(loop)
      loop.next = this.#compile(of, first)
    } else {
      for (let more = min; more < max; more++) {
        first = this.#add({ kind: 'either', next: this.#compile(of, first), or: next })
      }
    }
    for (let each = 0; each < min; each++) first = this.#compile(of, first)
    return first
  }

  #add(step: Step): number {
    if (this.#steps.length >= patternStepsMax) {
      throw new PatternError(`it has more than ${patternStepsMax} steps`)
    }
    return this.#steps.push(step) - 1
  }
}
