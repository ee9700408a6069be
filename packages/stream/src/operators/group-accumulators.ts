import { keepsValues } from '../plan/aggregate-functions.js'
import { isSameExpression } from '../plan/equality.js'
import type { AggregateCall } from '../plan/expression.js'
import { aggregateMeaning, inputMeaningsOf } from '../plan/meaning.js'
import type { GroupAggregateNode } from '../plan/node.js'
import type { Field } from '../plan/type.js'
import type { KeyedTable } from '../state/keyed-table.js'
import type { StateChange } from '../state/operator-state.js'
import {
  type Accumulator,
  extremeAccumulator,
  listAccumulator,
  orderedAccumulator,
  retractedExtremeAccumulator,
  sumAccumulator,
  wholeListAccumulator,
} from './accumulator.js'
import { argumentType, filteredArgument, filterSql } from './aggregate.js'
import { columnName, type Engine } from './duckdb/engine.js'
import { duckdbTypeName } from './duckdb/types.js'
import { isCounted, isListed } from './listed.js'
import { type Flow, rowKind } from './operator.js'
import { RetractedExtreme } from './retracted-extreme.js'
import { filtersMax, SeenValues } from './seen-values.js'
import { ValueList } from './value-list.js'
import { enteredColumns, ValueSet } from './value-set.js'

/** An accumulator, and what it is over where that is not the rows: a set's changes, known as `e`. */
export interface CompiledAccumulator extends Accumulator {
  readonly from?: string
  /** Whether `from` knows a group by its place among those that came, and not by its keys. */
  readonly isByPlace?: boolean
  /** Which of the sets of seen values counts for it, and for which of its filters. */
  readonly counted?: { readonly set: number; readonly bit: number }
}

/** A set of seen values and the aggregates of which each filter is a bit. */
export interface CompiledSet {
  readonly set: SeenValues
  readonly calls: readonly AggregateCall[]
}

/** Values of groups, which some accumulators are over, and which are found by the groups' keys. */
export interface GroupValues {
  readonly name: string
  readonly table: KeyedTable
  step(): Promise<StateChange>
  clear(): void
}

/** The accumulators of a grouping in the order of its aggregates, and the sets that they need. */
export interface CompiledAccumulators {
  readonly accumulators: readonly CompiledAccumulator[]
  readonly sets: readonly GroupValues[]
  readonly seen: readonly CompiledSet[]
  readonly extremes: readonly { readonly extreme: RetractedExtreme; readonly ordinal: number }[]
}

interface Grouping {
  readonly engine: Engine
  readonly name: string
  readonly relation: string
  readonly node: GroupAggregateNode
  readonly input: Flow
}

export async function compileAccumulators(of: Grouping): Promise<CompiledAccumulators> {
  const compiler = new AccumulatorCompiler(of)
  const accumulators: CompiledAccumulator[] = []
  for (const [ordinal, call] of of.node.aggregates.entries()) {
    accumulators.push(await compiler.compile(call, ordinal))
  }
  const { sets, seen, extremes } = compiler
  return { accumulators, sets, seen, extremes }
}

/** 1 for a row that comes, -1 for one that is taken back; undefined where none ever is. */
export function signOf({ changelog }: Flow): string | undefined {
  if (changelog === 'append') return undefined
  return `CASE WHEN k IN (${rowKind.insert}, ${rowKind.updateAfter}) THEN 1 ELSE -1 END`
}

export function sameKeys(keys: readonly string[], left: string, right: string): string {
  const same = keys.map((key) => `${left}.${key} IS NOT DISTINCT FROM ${right}.${key}`)
  return same.length > 0 ? same.join(' AND ') : 'TRUE'
}

/**
 * Makes accumulators, and the sets of values that some of them need. Where rows only come, one set
 * is for all filters of an argument; else for equal arguments and filters.
 */
class AccumulatorCompiler {
  readonly sets: GroupValues[] = []
  readonly seen: CompiledSet[] = []
  readonly extremes: { extreme: RetractedExtreme; ordinal: number }[] = []
  readonly #of: Grouping
  readonly #listsOf: { call: AggregateCall; list: ValueList }[] = []
  readonly #counted: { call: AggregateCall; set: ValueSet }[] = []

  readonly #meanings: readonly string[]

  constructor(of: Grouping) {
    this.#of = of
    const columns = inputMeaningsOf(of.node)
    this.#meanings = of.node.aggregates.map((call) => aggregateMeaning(call, columns))
  }

  async compile(call: AggregateCall, ordinal: number): Promise<CompiledAccumulator> {
    const sign = signOf(this.#of.input)
    if (keepsValues(call.function)) {
      if (call.distinct || sign !== undefined) return this.#listed(call, ordinal, sign ?? '1')
      return isListed(call) ? listAccumulator(call, ordinal) : orderedAccumulator(call, ordinal)
    }
    const isMinOrMax = isExtreme(call)
    if (isMinOrMax && sign === undefined) return extremeAccumulator(call, ordinal)
    if (!isMinOrMax && !call.distinct) {
      return sumAccumulator(call, ordinal, 'rows', filteredArgument(call), sign)
    }
    if (sign === undefined) return this.#overSeen(call, ordinal)
    const set = await this.#countedOf(call)
    const { keys, value, sign: entrySign } = enteredColumns(this.#keyFields.length)
    const from = `${set.entered.name}() e`
    if (!isMinOrMax) {
      const accumulator = sumAccumulator(call, ordinal, 'values', `e.${value}`, `e.${entrySign}`)
      return { ...accumulator, from }
    }
    const extreme = this.#extremeOf(call, set, ordinal)
    const accumulator = retractedExtremeAccumulator(call, ordinal, {
      value: `e.${value}`,
      sign: `e.${entrySign}`,
      whole: 'r.whole',
      extreme: `r.${columnName(keys.length)}`,
    })
    const on = sameKeys(keys, 'e', 'r')
    return { ...accumulator, from: `${from} LEFT JOIN (${extreme.sql}) r ON ${on}` }
  }

  get #keyFields(): readonly Field[] {
    const { node } = this.#of
    return node.fields.slice(0, node.keys.length)
  }

  get #keys(): readonly string[] {
    return this.#of.node.keys.map((key) => columnName(key))
  }

  async #listed(call: AggregateCall, ordinal: number, sign: string): Promise<CompiledAccumulator> {
    const list = await this.#listOf(call, sign)
    const { value, sign: isThere } = enteredColumns(this.#keyFields.length)
    const of = { value: `e.${value}`, isThere: `e.${isThere}` }
    return { ...wholeListAccumulator(call, ordinal, of), from: `${list.lists.name}() e` }
  }

  async #listOf(call: AggregateCall, sign: string): Promise<ValueList> {
    const { engine, name, relation, input } = this.#of
    const isAlike = (other: AggregateCall) =>
      keepsValues(other.function) &&
      isSameArgument(other, call) &&
      isSameFilter(other, call) &&
      other.keepsNull === call.keepsNull &&
      other.distinct === call.distinct
    const present = this.#listsOf.find(({ call: other }) => isAlike(other))
    if (present !== undefined) return present.list
    const type = { ...argumentType(call), nullable: true }
    const value = `CAST(${filteredArgument(call)} AS ${duckdbTypeName(type)})`
    const list = await ValueList.compile({
      engine,
      name: `${name}, list of a${this.#leastOf(isAlike)}`,
      relation: `${relation}_list_${this.sets.length}`,
      inputSql: input.sql,
      keyFields: this.#keyFields,
      keys: this.#keys,
      valueField: { name: 'value', type },
      value,
      isCounted: isCounted(call, value, filterSql(call)),
      sign,
      isDistinct: call.distinct,
    })
    this.sets.push(list)
    this.#listsOf.push({ call, list })
    return list
  }

  #overSeen(call: AggregateCall, ordinal: number): CompiledAccumulator {
    const compiled = this.#seenOf(call)
    const { calls, set } = compiled
    const bit = calls.findIndex((other) => isSameFilter(other, call))
    if (call.function === 'count') {
      const accumulator = sumAccumulator(call, ordinal, 'counts', 'NULL', undefined)
      return { ...accumulator, counted: { set: this.seen.indexOf(compiled), bit } }
    }
    const value = set.enteredFor('e', bit)
    const accumulator = sumAccumulator(call, ordinal, 'values', value, undefined)
    return { ...accumulator, from: `${set.entered.name}() e`, isByPlace: true }
  }

  #seenOf(call: AggregateCall): CompiledSet {
    const { engine, name, relation, node } = this.#of
    const isAlike = (other: AggregateCall) =>
      isOverSet(other) && !isExtreme(other) && isSameArgument(other, call)
    const filtered: AggregateCall[] = []
    for (const ordinal of this.#byMeaning(isAlike)) {
      const other = node.aggregates[ordinal] as AggregateCall
      if (!filtered.some((known) => isSameFilter(known, other))) filtered.push(other)
    }
    const place = filtered.findIndex((other) => isSameFilter(other, call))
    const from = place - (place % filtersMax)
    const calls = filtered.slice(from, from + filtersMax)
    const [first] = calls as [AggregateCall]
    const present = this.seen.find(({ calls: known }) => known[0] === first)
    if (present !== undefined) return present
    const compiled: CompiledSet = {
      calls,
      set: new SeenValues(
        engine,
        `${name}, values of a${node.aggregates.indexOf(first)}`,
        `${relation}_seen_${this.seen.length}`,
        { name: 'value', type: { ...argumentType(first), nullable: true } },
      ),
    }
    this.seen.push(compiled)
    return compiled
  }

  async #countedOf(call: AggregateCall): Promise<ValueSet> {
    const { engine, name, relation, node, input } = this.#of
    const isAlike = (other: AggregateCall) =>
      isOverSet(other) && isSameArgument(other, call) && isSameFilter(other, call)
    const present = this.#counted.find(({ call: other }) => isAlike(other))
    if (present !== undefined) return present.set
    const type = { ...argumentType(call), nullable: true }
    const set = await ValueSet.compile({
      engine,
      name: `${name}, values of a${this.#leastOf(isAlike)}`,
      relation: `${relation}_values_${this.sets.length}`,
      inputSql: input.sql,
      keyFields: this.#keyFields,
      keys: this.#keys,
      valueField: { name: 'value', type },
      value: `CAST(${filteredArgument(call)} AS ${duckdbTypeName(type)})`,
      sign: signOf(input) ?? '1',
      byGroup: node.aggregates.some(isExtreme),
    })
    this.sets.push(set)
    this.#counted.push({ call, set })
    return set
  }

  /**
   * Aggregates, by their places, in an order that a script with the same in another order has too:
   * what is kept of several is known by the first of them.
   */
  #byMeaning(which: (call: AggregateCall) => boolean): number[] {
    const { aggregates } = this.#of.node
    const ordinals = [...aggregates.keys()].filter((ordinal) => {
      return which(aggregates[ordinal] as AggregateCall)
    })
    const meaning = (ordinal: number) => this.#meanings[ordinal] as string
    return ordinals.sort((left, right) => {
      if (meaning(left) === meaning(right)) return left - right
      return meaning(left) < meaning(right) ? -1 : 1
    })
  }

  #leastOf(which: (call: AggregateCall) => boolean): number {
    return this.#byMeaning(which)[0] as number
  }

  #extremeOf(call: AggregateCall, set: ValueSet, ordinal: number): RetractedExtreme {
    const { engine, relation } = this.#of
    const extreme = new RetractedExtreme({
      engine,
      relation: `${relation}_extreme_${ordinal}`,
      name: call.function === 'min' ? 'min' : 'max',
      set,
      keyFields: this.#keyFields,
      valueField: { name: 'value', type: { ...argumentType(call), nullable: true } },
    })
    this.extremes.push({ extreme, ordinal })
    return extreme
  }
}

function isExtreme({ function: name }: AggregateCall): boolean {
  return name === 'min' || name === 'max'
}

/** Is it over a set of values, where rows may be taken back? Where they only come, extremes are not. */
function isOverSet(call: AggregateCall): boolean {
  return !keepsValues(call.function) && (call.distinct || isExtreme(call))
}

function isSameArgument(left: AggregateCall, right: AggregateCall): boolean {
  return isSameExpression(left.argument ?? absent, right.argument ?? absent)
}

function isSameFilter(left: AggregateCall, right: AggregateCall): boolean {
  return isSameExpression(left.filter ?? absent, right.filter ?? absent)
}

/** Stands for an argument or a filter that is not there, where two are compared. */
const absent: AggregateCall = {
  function: 'count',
  distinct: false,
  type: { kind: 'bigint', nullable: false },
}
