import type { PatternTerm } from '../../plan/match-node.js'

/**
 * A pattern as states, the way Flink builds them. A row is taken along one transition; others lead
 * on without a row. What is asked of a row: the condition of the variable that takes it, and that
 * variables before it which take as many rows as they can do not want it.
 */
export interface State {
  /** In the order in which they are tried. */
  readonly transitions: Transition[]
  readonly isFinal: boolean
}

export interface Transition {
  /** The variable that takes the row, by its place in the pattern; undefined leads on without it. */
  readonly takes: number | undefined
  readonly target: State
  /** Variables whose condition must not hold. */
  readonly unless: number[]
}

/** The state in which nothing was taken yet. */
export function automatonOf(pattern: readonly PatternTerm[]): State {
  let sink: State = { transitions: [], isFinal: true }
  for (let term = pattern.length - 1; term >= 0; term--) {
    sink = statesOf(pattern[term] as PatternTerm, term, sink)
  }
  return sink
}

/** The first of the states of a variable, which lead to `sink`. */
function statesOf({ from, to, greedy }: PatternTerm, term: number, sink: State): State {
  const isOptional = from === 0
  const least = Math.max(1, from)
  const isGreedy = greedy && from !== to && !(isOptional && to === 1)
  if (isGreedy) for (const { unless } of sink.transitions) unless.push(term)
  let last = sink
  if (to === undefined) {
    last = { transitions: [], isFinal: false }
    last.transitions.push(onward(sink), take(term, last))
  }
  for (let more = least; more < (to ?? least); more++) last = oneRow(term, last, sink)
  for (let more = 1; more < least; more++) last = oneRow(term, last, undefined)
  return oneRow(term, last, isOptional ? sink : undefined)
}

/** A state that takes a row, or, where `otherwise` is given, may also lead on without one. */
function oneRow(term: number, target: State, otherwise: State | undefined): State {
  const without = otherwise === undefined ? [] : [onward(otherwise)]
  return { transitions: [take(term, target), ...without], isFinal: false }
}

function take(term: number, target: State): Transition {
  return { takes: term, target, unless: [] }
}

function onward(target: State): Transition {
  return { takes: undefined, target, unless: [] }
}

/** The variables whose conditions may be asked of a row in a state. */
export function askedIn(state: State): ReadonlySet<number> {
  const asked = new Set<number>()
  const seen = new Set<State>()
  const visit = (each: State, takes: boolean): void => {
    if (seen.has(each) && !takes) return
    seen.add(each)
    for (const transition of each.transitions) {
      for (const term of transition.unless) asked.add(term)
      if (transition.takes === undefined) visit(transition.target, takes)
      else if (takes) {
        asked.add(transition.takes)
        // Whether the match may end with this row is asked of the same row.
        visit(transition.target, false)
      }
    }
  }
  visit(state, true)
  return asked
}
