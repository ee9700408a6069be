import {
  type ColumnDefinition,
  type CreateTable,
  type LikeClause,
  type LikeFeature,
  type LikeStrategy,
  lastOf,
  type Span,
  SqlError,
  type TableOption,
} from '../sql/index.js'
import type { Catalogue } from './catalogue.js'

/** What is done with a part of the other table that nothing is said of. */
const unsaid: Readonly<Record<LikeFeature, LikeStrategy>> = {
  ALL: 'INCLUDING',
  CONSTRAINTS: 'INCLUDING',
  DISTRIBUTION: 'INCLUDING',
  PARTITIONS: 'INCLUDING',
  GENERATED: 'INCLUDING',
  METADATA: 'INCLUDING',
  OPTIONS: 'OVERWRITING',
  WATERMARKS: 'INCLUDING',
}

/**
 * The table with what its LIKE takes over written out. What the other table has comes first; what
 * both have is refused unless the clause says which counts.
 * @throws SqlError where the two contradict each other.
 */
export function withLike(table: CreateTable, catalogue: Catalogue): CreateTable {
  const { like, ...own } = table
  if (like === undefined) return table
  const found = catalogue.expect(like.table)
  if (found.kind === 'view') {
    const { at, text } = lastOf(like.table)
    throw new SqlError(`\`${text}\` is a view`, at, 'a table can only be like another table')
  }
  const other = found.statement
  return {
    ...own,
    columns: columnsOf(own, other, like),
    watermarks: watermarksOf(own, other, like),
    primaryKeys: keysOf(own, other, like),
    partitionedBy: partitionsOf(own, other, like),
    options: optionsOf(own, other, like),
  }
}

function strategyOf(like: LikeClause, feature: LikeFeature): LikeStrategy {
  const said = like.options.find((option) => option.feature === feature)
  const all = like.options.find((option) => option.feature === 'ALL')
  return said?.strategy ?? all?.strategy ?? unsaid[feature]
}

/** Columns of the other table keep their places, also those that are written anew. */
function columnsOf(own: CreateTable, other: CreateTable, like: LikeClause): ColumnDefinition[] {
  const strategies = {
    physical: 'INCLUDING',
    computed: strategyOf(like, 'GENERATED'),
    metadata: strategyOf(like, 'METADATA'),
  } as const
  const columns = other.columns
    .filter(({ kind }) => strategies[kind] !== 'EXCLUDING')
    .map((column) => withoutNull(column, other))
  for (const column of own.columns) {
    const place = columns.findIndex(({ name }) => name.text === column.name.text)
    const there = columns[place]
    if (there === undefined) {
      columns.push(column)
      continue
    }
    if (there.kind !== column.kind || strategies[there.kind] !== 'OVERWRITING') {
      throw columnIsThere(column, there, lastOf(like.table).text)
    }
    columns[place] = column
  }
  return columns
}

/** A column of the other table's key has no NULL, whether the key is taken over or not. */
function withoutNull(column: ColumnDefinition, { primaryKeys }: CreateTable): ColumnDefinition {
  const isKey = primaryKeys.some((key) => key.columns.some(({ text }) => text === column.name.text))
  if (!isKey || column.kind !== 'physical') return column
  return { ...column, type: { ...column.type, nullable: false } }
}

function columnIsThere(
  column: ColumnDefinition,
  { kind }: ColumnDefinition,
  other: string,
): SqlError {
  const { text, at } = column.name
  const feature = kind === 'computed' ? 'GENERATED' : 'METADATA'
  const both = kind === column.kind ? ` or OVERWRITING ${feature}` : ''
  return new SqlError(
    `\`${other}\` has a column \`${text}\` already`,
    at,
    kind === 'physical' ? 'leave it out' : `write LIKE … (EXCLUDING ${feature})${both}`,
  )
}

function watermarksOf(own: CreateTable, other: CreateTable, like: LikeClause) {
  const strategy = strategyOf(like, 'WATERMARKS')
  if (strategy === 'EXCLUDING' || other.watermarks.length === 0) return own.watermarks
  const [first] = own.watermarks
  if (first === undefined) return other.watermarks
  const names = own.watermarks.map(({ column }) => lastOf(column).text)
  const kept = other.watermarks.filter(({ column }) => !names.includes(lastOf(column).text))
  if (kept.length === other.watermarks.length || strategy === 'OVERWRITING') {
    return [...kept, ...own.watermarks]
  }
  throw isThere(first.at, 'a watermark', 'EXCLUDING WATERMARKS) or (OVERWRITING WATERMARKS', like)
}

function keysOf(own: CreateTable, other: CreateTable, like: LikeClause) {
  if (strategyOf(like, 'CONSTRAINTS') === 'EXCLUDING') return own.primaryKeys
  const [first] = own.primaryKeys
  if (first === undefined || other.primaryKeys.length === 0) {
    return [...other.primaryKeys, ...own.primaryKeys]
  }
  throw isThere(first.at, 'a PRIMARY KEY', 'EXCLUDING CONSTRAINTS', like)
}

function partitionsOf(own: CreateTable, other: CreateTable, like: LikeClause) {
  if (strategyOf(like, 'PARTITIONS') === 'EXCLUDING') return own.partitionedBy
  const [first] = own.partitionedBy
  if (first === undefined || other.partitionedBy.length === 0) {
    return [...other.partitionedBy, ...own.partitionedBy]
  }
  throw isThere(first.at, 'partitions', 'EXCLUDING PARTITIONS', like)
}

function optionsOf(own: CreateTable, other: CreateTable, like: LikeClause): TableOption[] {
  const strategy = strategyOf(like, 'OPTIONS')
  if (strategy === 'EXCLUDING') return [...own.options]
  const kept = other.options.filter(({ key }) => !own.options.some((each) => each.key === key))
  const given = own.options.find(({ key }) => other.options.some((each) => each.key === key))
  if (strategy === 'INCLUDING' && given !== undefined) {
    throw isThere(given.keyAt, `the option '${given.key}'`, 'OVERWRITING OPTIONS', like)
  }
  return [...kept, ...own.options]
}

function isThere(at: Span, what: string, clause: string, like: LikeClause): SqlError {
  const { text } = lastOf(like.table)
  return new SqlError(`\`${text}\` has ${what} already`, at, `write LIKE … (${clause})`)
}
