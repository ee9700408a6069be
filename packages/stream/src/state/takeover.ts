import { baseName } from '../plan/type-name.js'
import type {
  JobDescription,
  OperatorDescription,
  SourceDescription,
  StateDescription,
} from './description.js'
import { writtenField } from './expiring-table.js'

/**
 * Which states of one version of a script another goes on from.
 *
 * An operator takes the state of one that is the same in kind and parts (keys, aggregates, window,
 * condition, …) and that keeps the same columns in the same types, in whatever order. Among several
 * such, the one of the same sink that stands on the same is preferred, filters included; then one
 * of the same sink; then one that stands on the same, of a sink that is written no more. So
 * aliases, the order of statements, filters and columns that are only computed change nothing, nor
 * do statements that come.
 *
 * A state that nothing takes is lost, and has a reason. Whoever starts decides whether it may be.
 */
export interface Takeover {
  /** By the names of the states that are there; what is not among them is lost. */
  readonly states: ReadonlyMap<string, TakenState>
  /** By the names of the tables as they were. */
  readonly tables: ReadonlyMap<string, string>
  readonly lost: readonly LostState[]
  /** Operators that go on, and those that begin with nothing. */
  readonly kept: readonly OperatorDescription[]
  readonly begun: readonly OperatorDescription[]
}

export interface TakenState {
  readonly state: string
  /** For each column of the new rows the column of the old ones, or `ofNow`. */
  readonly columns: readonly number[]
}

export interface LostState {
  readonly what: string
  readonly reason: string
  /** Of the changed script. */
  readonly line?: number
}

export function takeover(before: JobDescription, after: JobDescription): Takeover {
  const pairs = pairedOperators(before, after)
  const states = new Map<string, TakenState>()
  for (const [old, now] of pairs) {
    for (const [name, taken] of takenStates(old, now) ?? []) states.set(name, taken)
  }
  const taken = new Set(pairs.values())
  const left = after.operators.filter((operator) => !taken.has(operator))
  const lost = before.operators
    .filter((operator) => !pairs.has(operator))
    .map((operator) => lostOperator(operator, left))
  const { tables, lost: lostTables } = pairedTables(before.sources, after.sources)
  return {
    ...{ states, tables, lost: [...lost, ...lostTables] },
    kept: after.operators.filter((operator) => taken.has(operator)),
    begun: left,
  }
}

/** Do both keep the same, under the same names? Then nothing has to be moved. */
export function isSameDescription(before: JobDescription, after: JobDescription): boolean {
  const plain = ({ operators, sources }: JobDescription) =>
    JSON.stringify([operators.map(({ line: _, ...operator }) => operator), sources])
  return plain(before) === plain(after)
}

/** What is taken over, begun and lost, a line each. */
export function takeoverText({ kept, begun, lost }: Takeover): string {
  return [
    ...kept.map((operator) => `keeps ${operatorText(operator)}`),
    ...begun.map((operator) => `begins ${operatorText(operator)}`),
    ...lost.map((each) => `loses ${lostText(each)}`),
  ].join('\n')
}

export function lostText({ what, reason, line }: LostState): string {
  return `${line === undefined ? '' : `line ${line}: `}${what}: ${reason}`
}

export function operatorText({ kind, sink, parts }: OperatorDescription): string {
  const keys = parts.keys ?? parts['partition keys']
  const by = keys === undefined || keys.length === 0 ? '' : ` by [${keys.map(shown).join(', ')}]`
  return `${kind}${by}${sink === '' ? '' : ` into ${sink}`}`
}

type Operators = readonly OperatorDescription[]

function pairedOperators(
  before: JobDescription,
  after: JobDescription,
): Map<OperatorDescription, OperatorDescription> {
  const pairs = new Map<OperatorDescription, OperatorDescription>()
  const taken = new Set<OperatorDescription>()
  const sinks = new Set(after.operators.map(({ sink }) => sink))
  const rules: ((old: OperatorDescription, now: OperatorDescription) => boolean)[] = [
    (old, now) => old.sink === now.sink && old.input === now.input,
    (old, now) => old.sink === now.sink,
    (old, now) => !sinks.has(old.sink) && old.input === now.input,
  ]
  for (const rule of rules) {
    for (const old of before.operators) {
      if (pairs.has(old)) continue
      const now = after.operators.find(
        (each) => !taken.has(each) && rule(old, each) && takenStates(old, each) !== undefined,
      )
      if (now === undefined) continue
      pairs.set(old, now)
      taken.add(now)
    }
  }
  return pairs
}

/** How an operator takes the states of another; undefined where it cannot. */
function takenStates(
  old: OperatorDescription,
  now: OperatorDescription,
): [name: string, taken: TakenState][] | undefined {
  if (differenceOf(old, now) !== undefined) return undefined
  return old.states.flatMap((state): [string, TakenState][] => {
    const into = now.states.find(({ role }) => role === state.role)
    const columns = into && placesOf(state, into)
    return columns === undefined ? [] : [[state.name, { state: into?.name ?? '', columns }]]
  })
}

/** What keeps an operator from taking the states of another; undefined where nothing does. */
function differenceOf(old: OperatorDescription, now: OperatorDescription): string | undefined {
  if (old.kind !== now.kind) return `it was a ${old.kind}, and is a ${now.kind}`
  for (const part of new Set([...Object.keys(old.parts), ...Object.keys(now.parts)])) {
    const [was, is] = [old.parts[part] ?? [], now.parts[part] ?? []]
    if (!isSameSet(was, is)) return `its ${part} ${changeText(was, is)}`
  }
  for (const role of new Set([...old.states, ...now.states].map((state) => state.role))) {
    const was = old.states.find((state) => state.role === role)
    const is = now.states.find((state) => state.role === role)
    const what = role === '' ? 'its rows' : role
    if (was === undefined) return `it has to keep ${what}, which it did not`
    if (is === undefined) return `it kept ${what}, and does so no more`
    const difference = stateDifference(was, is)
    if (difference !== undefined) return `${difference}${role === '' ? '' : ` in ${role}`}`
  }
  return undefined
}

function stateDifference(was: StateDescription, is: StateDescription): string | undefined {
  const [oldNames, newNames] = [was, is].map(({ fields }) => {
    return fields.map(({ name }) => name).filter((name) => name !== writtenField.name)
  })
  if (!isSameSet(oldNames ?? [], newNames ?? [])) {
    return `its columns ${changeText(oldNames ?? [], newNames ?? [])}`
  }
  for (const field of was.fields) {
    if (field.name === writtenField.name) continue
    const now = is.fields.filter(({ name }) => name === field.name)
    if (now.some(({ type }) => baseName(type) === baseName(field.type))) continue
    const type = now[0]?.type ?? field.type
    return `the column ${shown(field.name)} was ${baseName(field.type)}, and is ${baseName(type)}`
  }
  for (const key of new Set([...Object.keys(was.parameters), ...Object.keys(is.parameters)])) {
    const [before, after] = [was.parameters[key], is.parameters[key]]
    if (before !== after) return `its ${key} was ${before}, and is ${after}`
  }
  return placesOf(was, is) === undefined ? 'its key is of other columns' : undefined
}

/** A column that holds the time at which the state is taken over. */
export const ofNow = -2

/** For each column of the new rows where the old ones have it; keys are found among keys. */
function placesOf(was: StateDescription, is: StateDescription): number[] | undefined {
  const groupCount = Number(was.parameters.groupCount ?? 0)
  const partOf = (at: number) => (at < groupCount ? 0 : at < was.keyCount ? 1 : 2)
  const used = new Set<number>()
  const places = is.fields.map((field, at) => {
    const place = was.fields.findIndex(
      (old, oldAt) =>
        !used.has(oldAt) &&
        old.name === field.name &&
        baseName(old.type) === baseName(field.type) &&
        partOf(oldAt) === partOf(at),
    )
    used.add(place)
    return place < 0 && field.name === writtenField.name ? ofNow : place
  })
  return places.includes(-1) || was.keyCount !== is.keyCount ? undefined : places
}

function lostOperator(operator: OperatorDescription, left: Operators): LostState {
  const alike =
    left.find(({ sink, kind }) => sink === operator.sink && kind === operator.kind) ??
    left.find(({ sink }) => sink === operator.sink)
  const what = operatorText(operator)
  if (alike === undefined) return { what, reason: 'the script has it no more' }
  const reason = differenceOf(operator, alike) ?? 'another operator has taken its place'
  return { what, reason, ...(alike.line !== undefined && { line: alike.line }) }
}

/** Tables by their names, or, where they were renamed, by their topics. */
function pairedTables(
  before: readonly SourceDescription[],
  after: readonly SourceDescription[],
): { tables: ReadonlyMap<string, string>; lost: readonly LostState[] } {
  const tables = new Map<string, string>()
  const lost: LostState[] = []
  for (const { table, topic, time } of before) {
    const named = after.find((each) => each.table === table)
    const renamed = after.filter(
      (each) => each.topic === topic && !before.some((old) => old.table === each.table),
    )
    const now = named ?? (topic === '' || renamed.length !== 1 ? undefined : renamed[0])
    const what = `the place of the table ${table} in its input`
    if (now === undefined) lost.push({ what, reason: 'the script reads it no more' })
    else if (now.topic !== topic) {
      lost.push({ what, reason: `it was the topic '${topic}', and is '${now.topic}'` })
    } else if (time !== undefined && now.time !== undefined && time !== now.time) {
      lost.push({ what, reason: `its event time was ${time}, and is ${now.time}` })
    } else tables.set(table, now.table)
  }
  return { tables, lost }
}

function changeText(was: readonly string[], is: readonly string[]): string {
  const text = (texts: readonly string[]) => `[${texts.map(shown).join(', ')}]`
  return `changed from ${text(was)} to ${text(is)}`
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  return JSON.stringify([...left].sort()) === JSON.stringify([...right].sort())
}

const shownCharactersMax = 80

function shown(text: string): string {
  return text.length <= shownCharactersMax ? text : `${text.slice(0, shownCharactersMax)}…`
}
