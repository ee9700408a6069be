import { aggregateText } from './aggregate-text.js'
import type { Aggregate, Grouping, Query } from './query.js'
import { NoQuery, type Shape } from './query-shape.js'
import { type Relation, type RelationWriter, scopeText, whereText } from './relation-text.js'
import { duckdbWindowsText, flinkWindowText } from './window-text.js'

export function groupText(
  writer: RelationWriter,
  { group }: Extract<Query, { kind: 'group' }>,
  input: Relation,
  shape: Shape,
): Relation {
  const due =
    shape.window === undefined
      ? []
      : [writer.due(scopeText(input.scope, windowEnd(group, input)), input, 1)]
  return grouped(writer, group, input, shape, [], due)
}

export function windowGroupText(
  writer: RelationWriter,
  query: Extract<Query, { kind: 'windowGroup' }>,
  input: Relation,
  shape: Shape,
): Relation {
  const windowed = { ...input, ...windowsText(writer, input, query), where: [] }
  const more = [query.start, query.end, query.time].map((name) => {
    return [name, scopeText(windowed.scope, name)] as const
  })
  const due = [writer.due(scopeText(windowed.scope, query.end), input, 1)]
  return grouped(writer, query.group, windowed, shape, more, due)
}

/** The rows of a relation with their windows. */
export function windowsText(
  writer: RelationWriter,
  input: Relation,
  query: Extract<Query, { kind: 'window' | 'windowGroup' }>,
): Pick<Relation, 'from' | 'scope' | 'seq'> {
  const alias = writer.alias()
  const time = input.shape.time ?? ''
  const columns = input.shape.columns.map(({ name }) => [name, `${alias}.${name}`] as const)
  if (writer.dialect === 'flink') {
    const view = writer.view(input)
    const names = ['window_start', 'window_end', 'window_time']
    const added = [query.start, query.end, query.time].map(
      (name, index) => [name, `${alias}.${names[index]}`] as const,
    )
    return {
      from: `${flinkWindowText(query.window, view, time)} AS ${alias}`,
      scope: new Map([...columns, ...added]),
    }
  }
  const from = duckdbWindowsText(query, writer.select(input), time)
  const added = [query.start, query.end, query.time].map(
    (name) => [name, `${alias}.${name}`] as const,
  )
  const seq = input.shape.isOrdered ? { seq: `${alias}._seq` } : {}
  return { from: `(${from}) AS ${alias}`, scope: new Map([...columns, ...added]), ...seq }
}

/** A grouping; `more` are keys that come last, `due` what has to hold for a group to be given out. */
function grouped(
  writer: RelationWriter,
  group: Grouping,
  input: Relation,
  shape: Shape,
  more: readonly (readonly [name: string, text: string])[],
  due: readonly string[],
): Relation {
  const isFlink = writer.dialect === 'flink'
  const keys = group.keys.map(({ name, value }) => [name, writer.text(value, input)] as const)
  const aggregates = group.aggregates.map(
    (each) => [each.name, aggregateIn(writer, each, input)] as const,
  )
  const items = [...keys, ...aggregates, ...more].map(([name, text]) => `${text} AS ${name}`)
  const names = keys.map(([, text]) => text)
  const moreNames = more.map(([, text]) => text)
  const sets = group.sets?.map((set) => `(${set.map((place) => names[place]).join(', ')})`)
  const by =
    sets === undefined
      ? [...names, ...moreNames]
      : [...moreNames, `GROUPING SETS (${sets.join(', ')})`]
  const groups = by.length === 0 ? '' : ` GROUP BY ${by.join(', ')}`
  const scope = new Map([...keys, ...aggregates])
  const having = group.having === undefined ? [] : [writer.text(group.having, { scope })]
  // A grouping of no rows at all has no row in a stream.
  const conditions = isFlink ? having : [...having, 'count(*) > 0', ...due]
  const havingText = conditions.length === 0 ? '' : ` HAVING ${conditions.join(' AND ')}`
  const text = `SELECT ${items.join(', ')} FROM ${input.from}${whereText(input.where)}${groups}${havingText}`
  return writer.closed(text, shape, input.watermark)
}

/** The column of the input that is the window's end among the keys. */
function windowEnd(group: Grouping, input: Relation): string {
  const end = input.shape.window?.[1]
  const key = group.keys.find(({ value }) => value.kind === 'column' && value.name === end)
  if (end === undefined || key === undefined) throw new NoQuery('no window')
  return end
}

/** An aggregate over the rows of a relation. */
export function aggregateIn(
  writer: RelationWriter,
  each: Aggregate,
  input: Relation,
  over?: string,
): string {
  return aggregateText(each, writer.dialect, {
    text: (expression) => writer.text(expression, input),
    seq: input.seq ?? 'NULL',
    ...(over !== undefined && { over }),
  })
}
