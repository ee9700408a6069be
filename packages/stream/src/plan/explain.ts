import { changesText } from './explain-changes.js'
import type { AggregateCall, Call, Expression } from './expression.js'
import type {
  IntervalJoinNode,
  JoinNode,
  LookupJoinNode,
  TemporalJoinNode,
  WindowJoinNode,
} from './join-node.js'
import { matchTexts } from './match-text.js'
import type { PlanNode } from './node.js'
import { overTexts } from './over-text.js'
import type { InsertNode, Plan } from './plan.js'
import { rankTexts, sortTexts } from './rank-text.js'
import { isResult } from './result-sink.js'
import type { DataType } from './type.js'
import { baseName, nameText } from './type-name.js'
import type { AlignedWindows, WindowAggregateNode } from './window-node.js'

/** A plan as an indented tree of text, for people and for golden tests. */
export function explain(plan: Plan): string {
  return plan.inserts
    .map((insert) => {
      const { table, input } = insert
      const what = isResult(table) ? 'show' : `insert into ${table.name}`
      return [`${what}${modeText(insert)}`, ...indented(explainNode(input))].join('\n')
    })
    .join('\n\n')
}

function modeText({ mode, tellsBefore }: InsertNode): string {
  if (mode === 'append') return ''
  return tellsBefore ? ` (${mode}, each change)` : ` (${mode})`
}

/** A node and what is below it, a line each. */
export function explainNode(node: PlanNode): string[] {
  const [first = '', ...rest] = linesOf(node)
  return [`${first}${changesText(node)}`, ...rest]
}

function linesOf(node: PlanNode): string[] {
  switch (node.kind) {
    case 'scan': {
      const { watermark, fields, table } = node
      const columns = fields.map(({ name, type }) => `${name} ${nullability(type)}`)
      const lines = [`scan ${table.name} [${columns.join(', ')}]`]
      if (watermark !== undefined) {
        const time = fields[watermark.column]?.name
        const { expression } = table.watermark ?? {}
        lines.push(
          expression === undefined
            ? `  watermark ${time} - ${watermark.delayMs} ms`
            : `  watermark of ${time} ${expressionText(expression)}`,
        )
      }
      return lines
    }
    case 'filter':
      return [`filter ${expressionText(node.condition)}`, ...indented(explainNode(node.input))]
    case 'project': {
      const items = node.expressions.map((expression, index) => {
        const name = node.fields[index]?.name
        const text = expressionText(expression)
        return text === name ? text : `${text} AS ${name}`
      })
      return ['project', ...indented(indented(items)), ...indented(explainNode(node.input))]
    }
    case 'expand': {
      const names = node.keys.map((key) => node.input.fields[key]?.name)
      const sets = node.sets.map((set) => `[${set.map((place) => names[place]).join(', ')}]`)
      return [`expand into ${sets.join(' ')}`, ...indented(explainNode(node.input))]
    }
    case 'normalize': {
      const names = node.keys.map((key) => node.input.fields[key]?.name)
      return [`latest by [${names.join(', ')}]`, ...indented(explainNode(node.input))]
    }
    case 'materialize': {
      const names = (columns: readonly number[]) =>
        columns.map((column) => node.input.fields[column]?.name).join(', ')
      return [
        `last of [${names(node.keys)}], rows told apart by [${names(node.rowKey)}]`,
        ...indented(explainNode(node.input)),
      ]
    }
    case 'unnest': {
      const outer = node.isOuter ? ' or NULL' : ''
      const places = node.withOrdinality ? ' with places' : ''
      return [
        `unnest ${expressionText(node.collection)}${outer}${places}`,
        ...indented(explainNode(node.input)),
      ]
    }
    case 'sessionTable': {
      const { input, partitionKeys, timeColumn, gapMs } = node
      const names = partitionKeys.map((key) => input.fields[key]?.name)
      const time = input.fields[timeColumn]?.name
      return [
        `session table of [${names.join(', ')}] with a gap of ${gapMs} ms on ${time}`,
        ...indented(explainNode(input)),
      ]
    }
    case 'windowTable': {
      const time = node.input.fields[node.window.timeColumn]?.name
      return [
        `window table ${alignedText(node.window)} on ${time}`,
        ...indented(explainNode(node.input)),
      ]
    }
    case 'windowAggregate': {
      const { window, input, keys, aggregates } = node
      const names = keys.map((key) => input.fields[key]?.name)
      const time = input.fields[window.timeColumn]?.name
      return [
        `window aggregate ${windowsText(node)} ${window.isEnd ? 'that end at' : 'on'} ${time}`,
        keysText(names),
        ...indented(indented(aggregates.map(aggregateText))),
        ...indented(explainNode(input)),
      ]
    }
    case 'join':
    case 'intervalJoin':
    case 'windowJoin':
    case 'temporalJoin':
    case 'lookupJoin': {
      const { left, right, condition } = node
      return [
        joinText(node),
        ...(condition === undefined ? [] : [`    where ${expressionText(condition)}`]),
        ...indented([...explainNode(left), ...explainNode(right)]),
      ]
    }
    case 'union':
      return ['union all', ...indented(node.inputs.flatMap(explainNode))]
    case 'over':
      return [
        ...overTexts(node, { aggregate: aggregateText, expression: expressionText }),
        ...indented(explainNode(node.input)),
      ]
    case 'match': {
      const column = (index: number) => node.input.fields[index]?.name ?? ''
      const texts = { aggregate: aggregateText, expression: expressionText, column }
      return [...matchTexts(node, texts), ...indented(explainNode(node.input))]
    }
    case 'sort': {
      const order = sortTexts(node.order, node.input.fields)
      return [`sort by [${order.join(', ')}]`, ...indented(explainNode(node.input))]
    }
    case 'rank':
    case 'firstRow':
    case 'windowRank':
      return [...rankTexts(node), ...indented(explainNode(node.input))]
    case 'groupAggregate': {
      const { input, keys, aggregates } = node
      return [
        `group aggregate${node.stateTtlMs === undefined ? '' : `, kept for ${node.stateTtlMs} ms`}`,
        keysText(keys.map((key) => input.fields[key]?.name)),
        ...indented(indented(aggregates.map(aggregateText))),
        ...indented(explainNode(input)),
      ]
    }
  }
}

type AnyJoinNode = JoinNode | IntervalJoinNode | WindowJoinNode | TemporalJoinNode | LookupJoinNode

function ttlText({ stateTtlMs = {} }: JoinNode): string {
  return (['left', 'right'] as const)
    .map((side) =>
      stateTtlMs[side] === undefined ? '' : `, ${side} kept for ${stateTtlMs[side]} ms`,
    )
    .join('')
}

function joinText(node: AnyJoinNode): string {
  const { type, left, right, leftKeys, rightKeys } = node
  const nameOf = (input: PlanNode, index: number | undefined) => input.fields[index ?? -1]?.name
  const pairs = leftKeys.map((key, index) => {
    return `${nameOf(left, key)} = ${nameOf(right, rightKeys[index])}`
  })
  const join = `${type} join on ${pairs.join(' and ')}`
  if (node.kind === 'join') return `${join}${ttlText(node)}`
  if (node.kind === 'lookupJoin') return `${join}, looked up`
  if (node.kind === 'windowJoin') {
    const ends = [nameOf(left, node.leftEnd), nameOf(right, node.rightEnd)]
    return `${join}, of the windows ${alignedText(node.windows)} that end at ${ends.join(' = ')}`
  }
  const times = [nameOf(left, node.leftTime), nameOf(right, node.rightTime)]
  if (node.kind === 'temporalJoin') return `${join}, the version at ${times.join(' by ')}`
  return `${join}, ${times.join(' - ')} from ${node.lowerMs} to ${node.upperMs} ms`
}

function windowsText({ window, fields }: WindowAggregateNode): string {
  if (window.kind === 'session') {
    const names = window.partitionKeys.map((key) => fields[key]?.name)
    return `session of [${names.join(', ')}] with a gap of ${window.gapMs} ms`
  }
  return alignedText(window)
}

/** Windows in words. */
export function alignedText(window: AlignedWindows): string {
  const { kind, sizeMs, offsetMs } = window
  const offset = offsetMs === 0 ? '' : ` offset ${offsetMs} ms`
  switch (window.kind) {
    case 'tumble':
      return `${kind} ${sizeMs} ms${offset}`
    case 'hop':
      return `${kind} ${sizeMs} ms every ${window.slideMs} ms${offset}`
    case 'cumulate':
      return `${kind} up to ${sizeMs} ms by ${window.stepMs} ms${offset}`
  }
}

function keysText(names: readonly (string | undefined)[]): string {
  return `    keys [${names.join(', ')}]`
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}

function nullability(type: DataType): string {
  return type.nullable ? baseName(type) : `${baseName(type)} NOT NULL`
}

/** An aggregate, and its type. */
export function aggregateText(
  call: Omit<AggregateCall, 'function'> & { function: string },
): string {
  const argument = call.argument === undefined ? '*' : expressionText(call.argument)
  const filter = call.filter === undefined ? '' : ` FILTER (WHERE ${expressionText(call.filter)})`
  const distinct = call.distinct ? 'DISTINCT ' : ''
  const separator = call.separator === undefined ? '' : `, '${call.separator}'`
  const shares = call.shares === undefined ? '' : `, ${call.shares.join(', ')}`
  const nulls = call.function === 'array_agg' && !call.keepsNull ? ' IGNORE NULLS' : ''
  return `${call.function}(${distinct}${argument}${separator}${shares}${nulls})${filter}: ${nullability(call.type)}`
}

/** An expression as text, each operation in parentheses and each cast spelled out. */
export function expressionText(expression: Expression): string {
  switch (expression.kind) {
    case 'column':
      return expression.name
    case 'literal':
      return literalText(expression.value, expression.type)
    case 'cast': {
      const name = expression.tryCast ? 'TRY_CAST' : 'CAST'
      return `${name}(${expressionText(expression.input)} AS ${baseName(expression.type)})`
    }
    case 'case': {
      const branches = expression.branches.map(
        ({ when, then }) => `WHEN ${expressionText(when)} THEN ${expressionText(then)}`,
      )
      return `CASE ${branches.join(' ')} ELSE ${expressionText(expression.otherwise)} END`
    }
    case 'call':
      if (expression.function === 'FIELD') return fieldText(expression)
      return callText(expression.function, expression.arguments.map(expressionText))
  }
}

function fieldText({ arguments: [row, place] }: Call): string {
  const fields = row?.type.kind === 'row' ? row.type.fields : []
  const index = place?.kind === 'literal' ? Number(place.value) : -1
  return `${row === undefined ? '' : expressionText(row)}.${nameText(fields[index]?.name ?? '')}`
}

function callText(name: string, [first, ...rest]: readonly string[]): string {
  if (first === undefined) return `${name}()`
  if (name.startsWith('IS ') && rest.length === 0) return `(${first} ${name})`
  if (name === 'LIKE' && rest.length === 2) {
    return `(${first} LIKE ${rest.join(' ESCAPE ')})`
  }
  if (name === 'IN') return `(${first} IN (${rest.join(', ')}))`
  if (name === 'BETWEEN') return `(${first} BETWEEN ${rest.join(' AND ')})`
  const infix = /^[^A-Z]|^(AND|OR|LIKE|IS DISTINCT FROM|IS NOT DISTINCT FROM)$/.test(name)
  if (infix) return `(${[first, ...rest].join(` ${name} `)})`
  return `${name}(${[first, ...rest].join(', ')})`
}

function literalText(value: boolean | number | bigint | string | null, type: DataType): string {
  if (value === null) return `NULL:${baseName(type)}`
  switch (type.kind) {
    case 'char':
    case 'varchar':
      return `'${String(value).replaceAll("'", "''")}'`
    case 'binary':
      return `X'${value}'`
    case 'boolean':
      return value ? 'TRUE' : 'FALSE'
    case 'int':
      return String(value)
    case 'timestamp':
    case 'timestampLtz':
      return `${baseName(type)} '${new Date(Number(value)).toISOString()}'`
    case 'date':
      return `DATE '${new Date(Number(value) * 86_400_000).toISOString().slice(0, 10)}'`
    case 'interval':
      return `INTERVAL ${value} ${type.unit}`
    default:
      return `${value}:${baseName(type)}`
  }
}
