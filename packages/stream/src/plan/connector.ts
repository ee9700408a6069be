import { type CreateTable, type lastOf, SqlError } from '../sql/index.js'
import { checkDatagenOption, datagenOptions } from './datagen-options.js'
import { filesystemOptions } from './filesystem-options.js'
import type { OptionDefinition } from './option-definition.js'
import { isResult } from './result-sink.js'
import { rowNumbersOf } from './row-numbers.js'
import type { TableDefinition } from './table.js'

/** What a connector that is no topic takes and gives. Topics have more rules (`table-options.ts`). */
interface Connector {
  readonly isRead: boolean
  /** Changes of rows too, but where `isAppended`. */
  readonly isWritten: boolean
  readonly options: readonly OptionDefinition[]
  /** It takes new rows only. */
  readonly isAppended?: true
  /** Its rows have something beside their columns. */
  readonly hasMetadata?: true
  /** Options that name columns: false where this is none of them. */
  readonly checkFurther?: (table: CreateTable, option: CreateTable['options'][number]) => boolean
}

const flag = {
  accepts: (value: string) => /^(true|false)$/i.test(value),
  hint: "it may be 'true' or 'false'",
}

const connectors: Readonly<Record<string, Connector>> = {
  blackhole: { isRead: false, isWritten: true, options: [] },
  print: {
    isRead: false,
    isWritten: true,
    options: [{ key: 'print-identifier' }, { key: 'standard-error', check: flag }],
  },
  datagen: {
    isRead: true,
    isWritten: false,
    options: datagenOptions,
    checkFurther: checkDatagenOption,
  },
  filesystem: {
    isRead: true,
    isWritten: true,
    isAppended: true,
    hasMetadata: true,
    options: filesystemOptions,
  },
}

/** Undefined for the connectors of topics, and for none. */
export function connectorNamed(name: string | undefined): Connector | undefined {
  return name === undefined || !Object.hasOwn(connectors, name) ? undefined : connectors[name]
}

export const furtherConnectors: readonly string[] = Object.keys(connectors)

/** Does the table stand for a topic? */
export function isTopicTable(table: Pick<TableDefinition, 'options'>): boolean {
  if (rowNumbersOf(table) !== undefined || isResult(table)) return false
  return connectorNamed(table.options.get('connector')) === undefined
}

/** Records of other tables have nothing beside their columns. */
export function refuseMetadata(table: CreateTable, connector: string): void {
  if (connectorNamed(connector)?.hasMetadata) return
  const column = table.columns.find(({ kind }) => kind === 'metadata')
  if (column === undefined) return
  throw new SqlError(
    `the connector '${connector}' has no metadata`,
    column.at,
    'leave the column out',
  )
}

/** Of a table that is no topic. */
export function takesNewRowsOnly({ options }: Pick<TableDefinition, 'options'>): boolean {
  return connectorNamed(options.get('connector'))?.isAppended === true
}

/** @throws SqlError where the table can only be written. */
export function checkIsRead(table: TableDefinition, at: SqlErrorPlace): void {
  const name = table.options.get('connector')
  if (connectorNamed(name)?.isRead ?? true) return
  throw new SqlError(`a table of the connector '${name}' cannot be read`, at, 'insert into it')
}

/** @throws SqlError where the table can only be read. */
export function checkIsWritten(table: TableDefinition, at: SqlErrorPlace): void {
  const name = table.options.get('connector')
  if (connectorNamed(name)?.isWritten ?? true) return
  throw new SqlError(`a table of the connector '${name}' cannot be written`, at, 'read from it')
}

type SqlErrorPlace = ReturnType<typeof lastOf>['at']
