import { createHash } from 'node:crypto'
import { aggregateText, alignedText, expressionText } from './explain.js'
import type { AggregateCall, Expression } from './expression.js'
import type { JoinNode } from './join-node.js'
import { type MatchTexts, matchExpressionText } from './match-text.js'
import { inputsOf, type PlanNode, scansOf, type UnionNode, withInputs } from './node.js'
import type { OverFunction } from './over-node.js'
import { overFunctionText } from './over-text.js'
import { rewriteExpression } from './rewrite-expression.js'
import type { TableDefinition } from './table.js'
import type { Field } from './type.js'

/**
 * What the columns of a plan mean: how each is made of the columns of tables, whatever it is called
 * on the way. By this two versions of a script are compared: an alias is no part of a meaning, and
 * neither are filters, which say which rows come and not what is in them.
 */

/** A text that is longer is cut, and ends with a digest of all of it. */
const meaningCharactersMax = 2_000
const shownCharacters = 200

const known = new WeakMap<PlanNode, readonly string[]>()

/** The meaning of each field of a node. */
export function meaningsOf(node: PlanNode): readonly string[] {
  const before = known.get(node)
  if (before !== undefined) return before
  const meanings = computed(node).map(shortened)
  known.set(node, meanings)
  return meanings
}

/** The same node with its fields, and those that it reads, named by their meanings. */
export function meant<Node extends PlanNode>(node: Node): Node {
  const named = withInputs(node, (input) => ({ ...input, fields: renamed(input) })) as Node
  return { ...named, fields: renamed(node) }
}

/** The meanings of the columns that a node's expressions are over: of a join those of both sides. */
export function inputMeaningsOf(node: PlanNode): readonly string[] {
  const [left, right] = inputsOf(node)
  if (left === undefined) return []
  return right === undefined || node.kind === 'union' ? meaningsOf(left) : ofBoth(left, right)
}

/** An expression over columns with these meanings. */
export function expressionMeaning(expression: Expression, columns: readonly string[]): string {
  return shortened(expressionText(withNames(expression, columns)))
}

export function aggregateMeaning(call: AggregateCall, columns: readonly string[]): string {
  const { argument, filter } = call
  return untyped(
    aggregateText({
      ...call,
      ...(argument && { argument: withNames(argument, columns) }),
      ...(filter && { filter: withNames(filter, columns) }),
    }),
  )
}

export function overFunctionMeaning(call: OverFunction, columns: readonly string[]): string {
  const named = (expression: Expression) => withNames(expression, columns)
  return untyped(
    overFunctionText(
      {
        ...call,
        ...('argument' in call && call.argument && { argument: named(call.argument) }),
        ...('filter' in call && call.filter && { filter: named(call.filter) }),
        ...('otherwise' in call && call.otherwise && { otherwise: named(call.otherwise) }),
      },
      { aggregate: aggregateText, expression: expressionText },
    ),
  )
}

/** How a match is written where the columns of its input have these meanings. */
export function matchMeanings(columns: readonly string[]): MatchTexts {
  return {
    aggregate: (call) => aggregateMeaning(call, columns),
    expression: (expression) => shortened(expressionText(expression)),
    column: (index) => columns[index] ?? '',
  }
}

function computed(node: PlanNode): readonly string[] {
  const columns = inputMeaningsOf(node)
  const added = (texts: readonly string[]) => [...columns, ...texts]
  switch (node.kind) {
    case 'scan':
      return node.fields.map(({ name }) => columnMeaning(node.table, name))
    case 'project':
      return node.expressions.map((expression) => expressionMeaning(expression, columns))
    case 'groupAggregate':
    case 'windowAggregate':
      return ofGrouping(node, columns)
    case 'expand': {
      const keys = node.keys.map((key) => columns[key] ?? '')
      // A set is known by its place among them.
      const sets = node.sets.map((set) => `(${set.map((place) => keys[place]).join(', ')})`)
      return added([...keys, `grouping set of ${sets.join(', ')}`])
    }
    case 'unnest': {
      const collection = expressionMeaning(node.collection, columns)
      const parts = node.fields.slice(columns.length)
      return added(parts.map((_, index) => `part ${index + 1} of each of ${collection}`))
    }
    case 'sessionTable': {
      const keys = node.partitionKeys.map((key) => columns[key]).join(', ')
      const sessions = `sessions of [${keys}] with a gap of ${node.gapMs} ms on ${columns[node.timeColumn]}`
      return added(windowColumns.map((name) => `${name} of ${sessions}`))
    }
    case 'windowTable': {
      const windows = `${alignedText(node.window)} on ${columns[node.window.timeColumn]}`
      return added(windowColumns.map((name) => `${name} of ${windows}`))
    }
    case 'over':
      return added(node.functions.map((call) => overFunctionMeaning(call, columns)))
    case 'match': {
      const texts = matchMeanings(columns)
      return [
        ...node.partitionKeys.map(texts.column),
        ...node.measures.map((each) => matchExpressionText(each, node, texts)),
      ]
    }
    case 'union':
      return ofUnion(node)
    case 'join':
      if (node.type === 'mark') return [...meaningsOf(node.left), matchMeaning(node, columns)]
      return columns.slice(0, node.fields.length)
    default: {
      const rest = node.fields.slice(columns.length)
      return added(rest.map((_, index) => `${node.kind} ${index + 1}`)).slice(0, node.fields.length)
    }
  }
}

/** Whether a row has a match: in which tables, and by what. */
function matchMeaning(node: JoinNode, columns: readonly string[]): string {
  const { left, right, leftKeys, rightKeys, condition } = node
  const [ofLeft, ofRight] = [meaningsOf(left), meaningsOf(right)]
  const keys = leftKeys.map((key, at) => `${ofLeft[key]} = ${ofRight[rightKeys[at] ?? -1]}`)
  const all = condition === undefined ? keys : [...keys, expressionMeaning(condition, columns)]
  return `match in ${originOf(right)} by ${all.join(' and ')}`
}

/** A column that is not the same in all inputs is told with where each comes from. */
function ofUnion({ inputs, fields }: UnionNode): readonly string[] {
  const tables = inputs.map(tablesOf)
  const isTold = new Set(tables).size === inputs.length
  const origins = isTold ? tables : inputs.map(originOf)
  return fields.map((_, index) => {
    const parts = inputs.map((input) => meaningsOf(input)[index] ?? '')
    const [only, ...others] = new Set(parts)
    if (only !== undefined && others.length === 0) return only
    return [...new Set(parts.map((part, input) => `${part} of ${origins[input]}`))]
      .sort()
      .join(' | ')
  })
}

function tablesOf(node: PlanNode): string {
  return [...new Set(scansOf(node).map(({ table }) => table.name))].sort().join('+')
}

/** The tables that rows come from, and what is asked of them on the way. */
function originOf(node: PlanNode): string {
  const below = inputsOf(node).map(originOf).join('+')
  switch (node.kind) {
    case 'scan':
      return node.table.name
    case 'project':
      return below
    case 'filter':
      return `(${below} where ${expressionMeaning(node.condition, inputMeaningsOf(node))})`
    default:
      return `${node.kind} of ${below}`
  }
}

const windowColumns = ['window_start', 'window_end', 'window_time']

function ofGrouping(
  node: PlanNode & { kind: 'groupAggregate' | 'windowAggregate' },
  columns: readonly string[],
): readonly string[] {
  const keys = node.keys.map((key) => columns[key] ?? '')
  const aggregates = node.aggregates.map((call) => aggregateMeaning(call, columns))
  return [...keys, ...aggregates, ...(node.kind === 'windowAggregate' ? windowColumns : [])]
}

/** The columns of both inputs of a join, told apart by the tables of their side. */
function ofBoth(left: PlanNode, right: PlanNode): readonly string[] {
  const [ofLeft, ofRight] = [tablesOf(left), tablesOf(right)]
  const isSame = ofLeft === ofRight
  // Of several tables those are told apart already; in what is of one, a point is one of numbers.
  const isTold = (meaning: string, name: string) => name.includes('+') && meaning.includes('.')
  const qualified = (side: PlanNode, name: string) =>
    meaningsOf(side).map((meaning) => (isTold(meaning, name) ? meaning : `${name}.${meaning}`))
  return isSame
    ? [
        ...meaningsOf(left).map((meaning) => `left ${meaning}`),
        ...meaningsOf(right).map((meaning) => `right ${meaning}`),
      ]
    : [...qualified(left, ofLeft), ...qualified(right, ofRight)]
}

/** Of a computed column its expression, so that one that is written in the query means the same. */
function columnMeaning(table: TableDefinition, name: string): string {
  const expression = table.columns.find((column) => column.name === name)?.expression
  if (expression === undefined) return name
  const inner = rewriteExpression(expression, (part) =>
    part.kind === 'column' ? { ...part, name: columnMeaning(table, part.name) } : part,
  )
  return expressionText(inner)
}

function withNames(expression: Expression, columns: readonly string[]): Expression {
  return rewriteExpression(expression, (part) =>
    part.kind === 'column' ? { ...part, name: columns[part.index] ?? part.name } : part,
  )
}

function renamed(node: PlanNode): readonly Field[] {
  const meanings = meaningsOf(node)
  return node.fields.map((field, index) => ({ ...field, name: meanings[index] ?? field.name }))
}

/** A call without the type of its result, which the columns of a state say. */
function untyped(text: string): string {
  return shortened(text.replace(/: [A-Z_]+(\([\d, ]*\))?( NOT NULL)?$/, ''))
}

function shortened(text: string): string {
  if (text.length <= meaningCharactersMax) return text
  const digest = createHash('sha256').update(text).digest('hex')
  return `${text.slice(0, shownCharacters)}… ${digest}`
}
