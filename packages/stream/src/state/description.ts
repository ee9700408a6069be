import type { Field } from '../plan/type.js'
import type { OperatorState } from './operator-state.js'

/**
 * What a job keeps and what it is of, as it stands in the state's files: column names, types, keys,
 * aggregates. A changed script finds its states again by this (`takeover.ts`), not by their places.
 */
export interface JobDescription {
  readonly operators: readonly OperatorDescription[]
  readonly sources: readonly SourceDescription[]
  /** The tables that it writes, once each. */
  readonly sinks: readonly string[]
}

export interface OperatorDescription {
  /** As people call it: `grouping`. */
  readonly kind: string
  /** The table that its rows end in. */
  readonly sink: string
  /** Where the script has its INSERT, counted from 1; absent where nobody knows. */
  readonly line?: number
  /** Each by its name; the order of its texts tells nothing. */
  readonly parts: Readonly<Record<string, readonly string[]>>
  /** What is below it: of operators that are alike in all else this tells which is which. */
  readonly input: string
  readonly states: readonly StateDescription[]
}

export interface StateDescription {
  /** Its name within its job, as changes have it. */
  readonly name: string
  /** What it is to its operator. */
  readonly role: string
  readonly parameters: OperatorState['parameters']
  /** The columns of its rows, by what they mean. */
  readonly fields: readonly Field[]
  /** The first so many are the columns of what is removed. */
  readonly keyCount: number
}

/** A table that a job reads. */
export interface SourceDescription {
  readonly table: string
  /** Empty of a table that is no topic. */
  readonly topic: string
  /** Its event time, where something waits for it. */
  readonly time?: string
}

/** Of states of which nobody has said more: each an operator of its own. */
export function describedByName(states: ReadonlyMap<string, OperatorState>): JobDescription {
  const operators = [...states].map(([name, state]) => ({
    ...{ kind: name, sink: '', parts: {}, input: '' },
    states: [describedState(name, '', state, (field) => field)],
  }))
  return { operators, sources: [], sinks: [] }
}

/** `meaning` of a field's name is what the column means. */
export function describedState(
  name: string,
  role: string,
  { fields, keyFields, parameters }: OperatorState,
  meaning: (fieldName: string) => string,
): StateDescription {
  const meanings = fields.map((field) => ({ ...field, name: meaning(field.name) }))
  // A column has its meaning wherever it stands.
  const named = Object.entries(parameters).map(([key, value]) => {
    const isColumn = key.endsWith('Field') && typeof value === 'number'
    return [key, isColumn ? (meanings[value]?.name ?? value) : value]
  })
  const described = { fields: meanings, parameters: Object.fromEntries(named) }
  return { name, role, ...described, keyCount: keyFields.length }
}
