import { changingNode } from './changelog.js'
import { alignedText, explainNode } from './explain.js'
import { definitionTexts, patternText, skipText } from './match-text.js'
import {
  aggregateMeaning,
  expressionMeaning,
  inputMeaningsOf,
  matchMeanings,
  meaningsOf,
  meant,
  overFunctionMeaning,
} from './meaning.js'
import { inputsOf, type PlanNode } from './node.js'
import type { SortKey } from './sort-key.js'

/**
 * What a node that keeps something is, in words: by this an operator of one version of a script is
 * found again in another. Each part has a name, and texts whose order tells nothing.
 */
export interface OperatorMeaning {
  /** As people call it: `grouping`. */
  readonly kind: string
  readonly parts: Readonly<Record<string, readonly string[]>>
}

export function operatorMeaning(node: PlanNode): OperatorMeaning {
  const columns = inputMeaningsOf(node)
  const at = (index: number) => columns[index] ?? ''
  const all = (indexes: readonly number[]) => indexes.map(at)
  switch (node.kind) {
    case 'groupAggregate': {
      const aggregates = node.aggregates.map((call) => aggregateMeaning(call, columns))
      return { kind: 'grouping', parts: { keys: all(node.keys), aggregates } }
    }
    case 'windowAggregate': {
      const { window, keys, aggregates } = node
      const partition =
        window.kind === 'session' ? window.partitionKeys.map((key) => keys[key]) : []
      const text =
        window.kind === 'session' ? `session with a gap of ${window.gapMs} ms` : alignedText(window)
      return {
        kind: 'grouping by windows',
        parts: {
          window: [`${text} ${window.isEnd ? 'that end at' : 'on'} ${at(window.timeColumn)}`],
          keys: all(keys),
          ...(partition.length > 0 && { partition: partition.map((key) => at(key ?? -1)) }),
          aggregates: aggregates.map((call) => aggregateMeaning(call, columns)),
          ...(changingNode(node.input) && { rows: ['may be taken back'] }),
        },
      }
    }
    case 'normalize':
      return { kind: 'table by key', parts: { keys: all(node.keys) } }
    case 'materialize':
      return {
        kind: 'last rows by key',
        parts: { keys: all(node.keys), 'row key': all(node.rowKey) },
      }
    case 'rank': {
      const { partitionKeys, order, range, latestFirst } = node
      return {
        kind: 'ranking',
        parts: {
          'partition keys': all(partitionKeys),
          order: [orderText(order, columns), ...(latestFirst ? ['the latest first'] : [])],
          range: [range === undefined ? 'all' : `${range.from} to ${range.to}`],
        },
      }
    }
    case 'firstRow':
      return {
        kind: 'deduplication',
        parts: { 'partition keys': all(node.partitionKeys), time: [at(node.timeColumn)] },
      }
    case 'over': {
      const { partitionKeys, timeColumn, isArrival, frame, functions } = node
      const length = frame.preceding === undefined ? 'all' : `${frame.preceding}`
      return {
        kind: 'OVER',
        parts: {
          'partition keys': all(partitionKeys),
          time: [
            ...(timeColumn === undefined ? [] : [at(timeColumn)]),
            ...(isArrival ? ['as rows come'] : []),
          ],
          frame: [`${length} ${frame.unit}`],
          functions: functions.map((call) => overFunctionMeaning(call, columns)),
        },
      }
    }
    case 'match': {
      const texts = matchMeanings(columns)
      const order = node.order.length === 0 ? [] : [orderText(node.order, columns)]
      return {
        kind: 'MATCH_RECOGNIZE',
        parts: {
          'partition keys': all(node.partitionKeys),
          order: [[node.isArrival ? 'as rows come' : at(node.timeColumn), ...order].join(', ')],
          pattern: [`${patternText(node)}${skipText(node)}`],
          conditions: definitionTexts(node, texts),
        },
      }
    }
    case 'join':
    case 'intervalJoin':
    case 'windowJoin':
    case 'temporalJoin':
    case 'lookupJoin':
      return ofJoin(node, columns)
    default:
      return { kind: node.kind, parts: { query: ownLines(node) } }
  }
}

/**
 * What an operator stands on, filters included. Of operators that are the same in all else it tells
 * which is which.
 */
export function inputSignature(node: PlanNode): string {
  return inputsOf(node).map(signature).join('; ')
}

function signature(node: PlanNode): string {
  const below = inputSignature(node)
  switch (node.kind) {
    case 'scan':
      return node.table.name
    case 'project':
      return below
    case 'filter':
      return `${below} where ${expressionMeaning(node.condition, inputMeaningsOf(node))}`
    default: {
      const { kind, parts } = operatorMeaning(node)
      return `${kind} ${JSON.stringify(parts)} of (${below})`
    }
  }
}

type AnyJoin = PlanNode & {
  kind: 'join' | 'intervalJoin' | 'windowJoin' | 'temporalJoin' | 'lookupJoin'
}

function ofJoin(node: AnyJoin, columns: readonly string[]): OperatorMeaning {
  const { left, right, leftKeys, rightKeys, condition, type } = node
  const [ofLeft, ofRight] = [meaningsOf(left), meaningsOf(right)]
  const keys = leftKeys.map((key, at) => `${ofLeft[key]} = ${ofRight[rightKeys[at] ?? -1]}`)
  const parts = {
    type: [type],
    keys,
    ...(condition !== undefined && { condition: [expressionMeaning(condition, columns)] }),
  }
  switch (node.kind) {
    case 'join':
      return { kind: 'join', parts }
    case 'intervalJoin': {
      const { lowerMs, upperMs, leftTime, rightTime } = node
      const interval = `${ofLeft[leftTime]} - ${ofRight[rightTime]} from ${lowerMs} to ${upperMs} ms`
      return { kind: 'join within an interval', parts: { ...parts, interval: [interval] } }
    }
    case 'windowJoin': {
      const ends = `${ofLeft[node.leftEnd]} = ${ofRight[node.rightEnd]}`
      const window = `${alignedText(node.windows)} that end at ${ends}`
      return { kind: 'join of windows', parts: { ...parts, window: [window] } }
    }
    case 'temporalJoin': {
      const times = `${ofLeft[node.leftTime]} by ${ofRight[node.rightTime]}`
      return { kind: 'join with versions', parts: { ...parts, time: [times] } }
    }
    case 'lookupJoin':
      return { kind: 'join with a table that is looked up', parts }
  }
}

function orderText(order: readonly SortKey[], columns: readonly string[]): string {
  return order
    .map(({ column, descending, nullsFirst }) => {
      return `${columns[column]}${descending ? ' DESC' : ''} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`
    })
    .join(', ')
}

/** The lines of a node in the text of a plan, without what is below it. */
function ownLines(node: PlanNode): readonly string[] {
  const named = meant(node)
  const below = inputsOf(named).reduce((sum, input) => sum + explainNode(input).length, 0)
  const lines = explainNode(named)
  return lines.slice(0, lines.length - below).map((line) => line.trim())
}
