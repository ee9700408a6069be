import {
  type MatchRecognize,
  type Name,
  notSupported,
  type PatternTermNode,
  SqlError,
  textOf,
} from '../sql/index.js'
import { listed } from './scope.js'

/**
 * A pattern that Flink looks for: no variable stands twice in it, it takes a row at least, one that
 * takes as many rows as it can is not before one that may take none, and not at the end, since a
 * stream has none. What DEFINE says of other variables counts for nothing.
 * @throws SqlError for any other.
 */
export function checkPattern({ pattern, definitions }: MatchRecognize): void {
  const variables = pattern.map(({ variable }) => variable)
  refuseTwice(variables, 'stands in the pattern twice')
  refuseTwice(
    definitions.map(({ variable }) => variable),
    'is defined twice',
  )
  const [first] = pattern
  const last = pattern.at(-1)
  if (first === undefined || last === undefined) throw new Error('a pattern has a variable')
  if (pattern.every(({ from }) => from === 0)) {
    throw new SqlError(
      'this pattern may match no row at all',
      { ...first.at, end: last.at.end },
      'write + for one of its *, or add a variable',
    )
  }
  const optional = pattern.find(({ from, to, reluctant }) => from === 0 && to === 1 && reluctant)
  if (optional !== undefined) {
    throw notSupported('a reluctant ??', optional.at, 'write ? or *?')
  }
  pattern.forEach((term, place) => {
    const before = pattern[place - 1]
    const mayBeNone = term.from === 0 && (term.to === undefined || term.to === 1)
    if (before === undefined || !isGreedy(before) || !mayBeNone) return
    throw notSupported(
      'a variable that may take no row behind one that takes as many as it can',
      term.at,
      `write ${textOf(before.at)}?, or ${term.variable.text}+`,
    )
  })
  if (isGreedy(last)) {
    throw new SqlError(
      'the last variable of a pattern cannot take as many rows as it can: a stream has no end',
      last.at,
      `write ${last.variable.text}+?, or add a variable that holds where ${last.variable.text} does not`,
    )
  }
}

function isGreedy({ from, to, reluctant }: PatternTermNode): boolean {
  return !reluctant && from !== to && !(from === 0 && to === 1)
}

function refuseTwice(variables: readonly Name[], what: string): void {
  const again = variables.find(({ text }, place) => {
    return variables.findIndex((each) => each.text === text) < place
  })
  if (again === undefined) return
  throw new SqlError(`\`${again.text}\` ${what}`, again.at, 'give it another name')
}

/** The error for a name that the pattern does not have. */
export function unknownVariable({ text, at }: Name, variables: readonly string[]): SqlError {
  return new SqlError(
    `the pattern has no variable \`${text}\``,
    at,
    listed('the variables are', variables),
  )
}
