import { rules } from './expression.js'
import { queriesIn, tablesOf } from './query.js'
import { shapeOf } from './query-shape.js'
import type { Case } from './random-case.js'

/** What occurs in a case, by names that a person knows. */
export function featuresOf({ query, steps }: Case): Set<string> {
  const found = new Set<string>()
  for (const { changelog, columns, time } of tablesOf(query)) {
    found.add(`table ${changelog}`)
    if (time !== undefined) found.add('table with a watermark')
    for (const { type } of columns) found.add(`type ${type}`)
  }
  for (const each of queriesIn(query)) {
    const parts: (string | undefined)[] = [each.kind]
    if ('type' in each) parts.push(each.type)
    if (each.kind === 'membership') parts.push(each.negated ? 'NOT' : undefined, each.form)
    if (each.kind === 'set') parts.push(each.operator)
    if (each.kind === 'deduplicate') parts.push(each.keep)
    if (each.kind === 'window' || each.kind === 'windowGroup') parts.push(each.window.kind)
    if (each.kind === 'over') parts.push(each.frame.unit)
    if (each.kind === 'top' && each.window !== undefined) parts.push('of windows')
    if (each.kind === 'group' && shapeOf(each).isAppend) parts.push('by windows of the rows')
    found.add(parts.filter((part) => part !== undefined).join(' '))
    if (each.kind === 'group' && !shapeOf(each.input).isAppend) found.add('group over changes')
  }
  const text = JSON.stringify(query)
  for (const name of Object.keys(rules)) if (text.includes(`"name":"${name}"`)) found.add(name)
  for (const [, name] of text.matchAll(/"function":"(\w+)"/g)) found.add(`${name}()`)
  for (const name of ['having', 'filter', 'distinct', 'sets', 'comma']) {
    if (new RegExp(`"${name}":(?!false)`).test(text)) found.add(name)
  }
  for (const { snapshot, restart } of steps) {
    if (snapshot) found.add('a snapshot')
    if (restart) found.add('a restart')
  }
  return found
}

/** All that the generator can make. */
export const allFeatures: ReadonlySet<string> = new Set<string>([
  // Sums of decimals are rarely computed with.
  ...Object.keys(rules).filter((name) => !name.startsWith('total')),
  ...[
    'AVG()',
    'COLLECT()',
    'COUNT()',
    'FIRST_VALUE()',
    'LAG()',
    'LAST_VALUE()',
    'LISTAGG()',
    'MAX()',
    'MIN()',
    'PERCENTILE()',
    'ROW_NUMBER()',
    'SUM()',
    'a restart',
    'a snapshot',
    'comma',
    'distinct',
    'filter',
    'group',
    'having',
    'limit',
    'project',
    'scalar',
    'scan',
    'sets',
    'top',
    'unnest',
  ],
  ...['deduplicate first', 'deduplicate last'],
  ...['group by windows of the rows', 'group over changes'],
  ...['intervalJoin FULL', 'intervalJoin INNER', 'intervalJoin LEFT', 'intervalJoin RIGHT'],
  ...['join FULL', 'join INNER', 'join LEFT', 'join RIGHT'],
  ...['membership EXISTS', 'membership IN', 'membership NOT EXISTS', 'membership NOT IN'],
  ...['over RANGE', 'over ROWS'],
  ...[
    'set EXCEPT',
    'set EXCEPT ALL',
    'set INTERSECT',
    'set INTERSECT ALL',
    'set UNION ALL',
    'set UNION',
  ],
  ...['table append', 'table changes', 'table upsert', 'table with a watermark'],
  ...['temporalJoin INNER', 'temporalJoin LEFT'],
  ...['top of windows'],
  ...[
    'type array',
    'type bigint',
    'type boolean',
    'type date',
    'type decimal',
    'type double',
    'type int',
    'type ltz',
    'type row',
    'type string',
    'type timestamp',
  ],
  ...['window CUMULATE', 'window HOP', 'window TUMBLE'],
  ...['windowGroup CUMULATE', 'windowGroup HOP', 'windowGroup SESSION', 'windowGroup TUMBLE'],
  ...['windowJoin FULL', 'windowJoin INNER', 'windowJoin LEFT', 'windowJoin RIGHT'],
])
