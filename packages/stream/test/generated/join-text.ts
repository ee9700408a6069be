import type { Expression } from './expression.js'
import type { Query } from './query.js'
import { NoQuery, type Shape } from './query-shape.js'
import {
  least,
  type Relation,
  type RelationWriter,
  scopeText,
  timeOf,
  whereText,
} from './relation-text.js'
import { secondsText } from './window-text.js'

/** Joins, and conditions that ask of each row what another query has. */

export function joinText(
  writer: RelationWriter,
  query: Extract<Query, { kind: 'join' }>,
  [left, right]: readonly [Relation, Relation],
  shape: Shape,
): Relation {
  if (!query.comma || query.type !== 'INNER') {
    return joinedTables(writer, query, left, right, shape, [])
  }
  return {
    shape,
    from: `${left.from}, ${right.from}`,
    isJoined: true,
    where: conditionsOf(writer, query, left, right),
    scope: new Map([...left.scope, ...right.scope]),
    watermark: least(left.watermark, right.watermark),
  }
}

export function windowJoinText(
  writer: RelationWriter,
  query: Extract<Query, { kind: 'windowJoin' }>,
  [left, right]: readonly [Relation, Relation],
  shape: Shape,
): Relation {
  const [leftStart, leftEnd] = query.leftWindow
  const [rightStart, rightEnd] = query.rightWindow
  const same = [
    `${scopeText(left.scope, leftStart)} = ${scopeText(right.scope, rightStart)}`,
    `${scopeText(left.scope, leftEnd)} = ${scopeText(right.scope, rightEnd)}`,
  ]
  const joined = joinedTables(writer, query, left, right, shape, same)
  if (writer.dialect === 'flink') return joined
  const ends = `coalesce(${scopeText(left.scope, leftEnd)}, ${scopeText(right.scope, rightEnd)})`
  return { ...joined, where: [writer.due(ends, joined, 1)] }
}

export function intervalJoinText(
  writer: RelationWriter,
  query: Extract<Query, { kind: 'intervalJoin' }>,
  [left, right]: readonly [Relation, Relation],
  shape: Shape,
): Relation {
  const [leftTime, rightTime] = [timeOf(left), timeOf(right)]
  const { lowerMs, upperMs } = query
  const bounds = [
    `${leftTime} BETWEEN ${shifted(rightTime, lowerMs)} AND ${shifted(rightTime, upperMs)}`,
  ]
  const joined = joinedTables(writer, query, left, right, shape, bounds)
  const watermark = `(${joined.watermark} - INTERVAL ${Math.max(0, -lowerMs, upperMs)} MILLISECOND)`
  if (writer.dialect === 'flink') return { ...joined, watermark }
  // A row without a partner comes when none can come any more.
  const due = [
    `(${leftTime} IS NOT NULL AND ${rightTime} IS NOT NULL)`,
    `(${rightTime} IS NULL AND ${shifted(leftTime, -lowerMs)} <= ${joined.watermark})`,
    `(${leftTime} IS NULL AND ${shifted(rightTime, upperMs)} <= ${joined.watermark})`,
  ]
  return { ...joined, where: [`(${due.join(' OR ')})`], watermark }
}

export function temporalJoinText(
  writer: RelationWriter,
  query: Extract<Query, { kind: 'temporalJoin' }>,
  left: Relation,
  relationOf: (query: Query) => Relation,
  shape: Shape,
): Relation {
  const { right: versions } = query
  if (versions.kind !== 'deduplicate') throw new NoQuery('no versions')
  if (writer.dialect === 'flink') {
    const right = relationOf(versions)
    const view = writer.view(right)
    const alias = writer.alias()
    const scope = new Map(right.shape.columns.map(({ name }) => [name, `${alias}.${name}`]))
    const on = query.equal.map(([a, b]) => `${left.scope.get(a)} = ${scope.get(b)}`)
    return {
      shape,
      from: `${left.from} ${query.type} JOIN ${view} FOR SYSTEM_TIME AS OF ${timeOf(left)} AS ${alias} ON ${on.join(' AND ')}`,
      isJoined: true,
      where: [],
      scope: new Map([...left.scope, ...scope]),
      watermark: '',
    }
  }
  const input = relationOf(versions.input)
  const keys = versions.partition.map((name) => scopeText(input.scope, name))
  const rows = `${writer.select(input)} QUALIFY ROW_NUMBER() OVER (PARTITION BY ${[...keys, timeOf(input)].join(', ')} ORDER BY ${input.seq} DESC) = 1`
  const right = writer.closed(rows, input.shape, input.watermark)
  const on = query.equal.map(([a, b]) => `${left.scope.get(a)} = ${right.scope.get(b)}`)
  const watermark = least(left.watermark, right.watermark)
  return {
    shape,
    from: `${left.from} ASOF ${query.type === 'LEFT' ? 'LEFT ' : ''}JOIN ${right.from} ON ${on.join(' AND ')} AND ${timeOf(left)} >= ${timeOf(right)}`,
    isJoined: true,
    where: [writer.due(timeOf(left), { watermark }, 0)],
    scope: new Map([...left.scope, ...right.scope]),
    watermark,
  }
}

export function unnestText(
  writer: RelationWriter,
  query: Extract<Query, { kind: 'unnest' }>,
  input: Relation,
  shape: Shape,
): Relation {
  const alias = writer.alias()
  const array = scopeText(input.scope, query.column)
  const element =
    writer.dialect === 'flink'
      ? `UNNEST(${array}) AS ${alias} (${query.element})`
      : `(SELECT unnest(${array}) AS ${query.element}) AS ${alias}`
  const join = query.isOuter
    ? `LEFT JOIN ${writer.dialect === 'flink' ? '' : 'LATERAL '}${element} ON TRUE`
    : `CROSS JOIN ${writer.dialect === 'flink' ? '' : 'LATERAL '}${element}`
  return {
    shape,
    from: `${input.from} ${join}`,
    isJoined: true,
    where: [],
    scope: new Map([...input.scope, [query.element, `${alias}.${query.element}`]]),
    watermark: input.watermark,
  }
}

export function membershipText(
  writer: RelationWriter,
  query: Extract<Query, { kind: 'membership' }>,
  [input, of]: readonly [Relation, Relation],
  shape: Shape,
): Relation {
  const not = query.negated ? 'NOT ' : ''
  const listed = (side: 0 | 1) => {
    const texts = query.equal.map((pair) => writer.text(pair[side], side === 0 ? input : of))
    return side === 0 && texts.length > 1 ? `(${texts.join(', ')})` : texts.join(', ')
  }
  const condition =
    query.form === 'IN'
      ? `${listed(0)} ${not}IN (SELECT ${listed(1)} FROM ${of.from}${whereText(of.where)})`
      : `${not}EXISTS (SELECT * FROM ${of.from}${whereText([
          ...of.where,
          ...conditionsOf(writer, query, input, of),
        ])})`
  return { ...input, shape, where: [...input.where, condition] }
}

export function scalarText(
  query: Extract<Query, { kind: 'scalar' }>,
  [input, of]: readonly [Relation, Relation],
  shape: Shape,
): Relation {
  const value = `SELECT ${query.aggregate}(${scopeText(of.scope, query.ofColumn)}) FROM ${of.from}${whereText(of.where)}`
  const condition = `${scopeText(input.scope, query.column)} ${query.operator} (${value})`
  return { ...input, shape, where: [...input.where, condition] }
}

/** What has to hold of two rows. */
interface JoinConditions {
  readonly equal: readonly (readonly [Expression, Expression])[]
  readonly condition?: Expression
}

function joinedTables(
  writer: RelationWriter,
  query: JoinConditions & { readonly type: string },
  left: Relation,
  right: Relation,
  shape: Shape,
  more: readonly string[],
): Relation {
  const on = [...conditionsOf(writer, query, left, right), ...more]
  return {
    shape,
    from: `${left.from} ${query.type} JOIN ${right.from} ON ${on.length === 0 ? 'TRUE' : on.join(' AND ')}`,
    isJoined: true,
    where: [],
    scope: new Map([...left.scope, ...right.scope]),
    watermark: least(left.watermark, right.watermark),
  }
}

function conditionsOf(
  writer: RelationWriter,
  query: JoinConditions,
  left: Relation,
  right: Relation,
): string[] {
  const equal = query.equal.map(([a, b]) => `${writer.text(a, left)} = ${writer.text(b, right)}`)
  return query.condition === undefined
    ? equal
    : [...equal, writer.text(query.condition, left, right)]
}

/** A time so much later, or earlier. */
function shifted(time: string, byMs: number): string {
  if (byMs === 0) return time
  return `${time} ${byMs < 0 ? '-' : '+'} INTERVAL '${secondsText(Math.abs(byMs))}' SECOND`
}
