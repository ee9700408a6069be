import { castTo } from '../plan/coercion.js'
import { branchOf, columnAt, type Expression } from '../plan/expression.js'
import { lateTopicOf } from '../plan/late-topic.js'
import type { ScanNode } from '../plan/node.js'
import { sourceChangelogOf } from '../plan/source-changelog.js'
import type { TableColumn, TableDefinition } from '../plan/table.js'
import type { Field } from '../plan/type.js'
import { isNested } from '../plan/type-family.js'
import { ColumnBatch } from '../state/batch.js'
import type { FixedColumn } from '../state/column.js'
import {
  columnName,
  type Engine,
  placeName,
  type Relation,
  type Statement,
} from './duckdb/engine.js'
import { expressionSql } from './duckdb/expression.js'
import { aliased } from './duckdb/relation.js'
import type { Passed } from './input-rows.js'
import { type Flow, kindField } from './operator.js'
import { offsetField, partitionField } from './source-fields.js'

/**
 * A table that is read, once for all the inserts of a plan: its batch holds the physical columns
 * and the metadata that any of them needs, then the partition of each row.
 *
 * State: none; positions and the latest time of each partition are the runtime's.
 */
export class Source {
  readonly table: TableDefinition
  /**
   * What a batch holds: columns by the names that the table gives them, metadata in their own
   * types; where late records are told `offsetField`, where rows change `kindField`; then
   * `partitionField`.
   */
  readonly fields: readonly Field[]
  readonly delayMs: number
  /** In the present step. */
  watermarkMs = Number.NEGATIVE_INFINITY
  /** The column of its event time, where something waits for it. */
  timeName: string | undefined
  private hasRows = false
  private loaded: ColumnBatch
  private readonly relation: Relation
  private latest: Statement | undefined
  /** The column of the batch that is the event time, where that is read and not computed. */
  private timeColumn: number | undefined

  private constructor(
    table: TableDefinition,
    fields: readonly Field[],
    relation: Relation,
    delayMs: number,
  ) {
    this.table = table
    this.fields = fields
    this.relation = relation
    this.delayMs = delayMs
    this.loaded = new ColumnBatch(fields)
  }

  /** `scans` are all of the plan's scans of one table. */
  static async compile(
    engine: Engine,
    relationName: string,
    table: TableDefinition,
    scans: readonly ScanNode[],
  ): Promise<Source> {
    const changes = sourceChangelogOf(table) === 'append' ? [] : [kindField]
    const offsets = lateTopicOf(table) === undefined ? [] : [offsetField]
    const fields = [...readFieldsOf(table, scans), ...offsets, ...changes, partitionField]
    const withTime = scans.find((scan) => scan.watermark !== undefined)
    const relation = engine.relation(relationName, fields)
    const delayMs = withTime?.watermark?.delayMs ?? 0
    const source = new Source(table, fields, relation, delayMs)
    if (withTime?.watermark !== undefined) {
      const { expression } = table.watermark ?? {}
      const { column } = withTime.watermark
      if (expression === undefined) source.timeColumn = source.passed(withTime).columns[column]
      source.timeName = withTime.fields[withTime.watermark.column]?.name
      source.latest = await engine.statement(
        source.latestSql(expression ?? columnAt(withTime.fields, column)),
        [partitionField, latestField],
      )
    }
    return source
  }

  get hasWatermark(): boolean {
    return this.latest !== undefined
  }

  /** The query of a scan's rows over the batch that is loaded. */
  scanSql(scan: ScanNode): string {
    const names = new Map(this.fields.map((field, index) => [field.name, columnName(index)]))
    const items = scan.fields.map(({ name }) => expressionSql(this.columnOverBatch(name)))
    const kind = names.get(kindField.name)
    const withKind = kind === undefined ? '' : `, ${kind} AS k`
    return `SELECT ${aliased(items)}${withKind}, ${placeName} FROM ${this.relation.name}()`
  }

  /** Of each partition of a batch the latest of some times. */
  private latestSql(time: Expression): string {
    const partition = columnName(this.fields.length - 1)
    const latest = `CAST(max(${expressionSql(this.overBatch(time))}) AS TIMESTAMP)`
    return `SELECT ${aliased([partition, latest])} FROM ${this.relation.name}() GROUP BY ${partition} ORDER BY ${partition}`
  }

  /** What a scan of the table gives. */
  flow(scan: ScanNode): Flow {
    const hasRows = () => this.hasRows
    const watermarkMs = () => this.watermarkMs
    return {
      changelog: sourceChangelogOf(this.table) === 'append' ? 'append' : 'retract',
      sql: this.scanSql(scan),
      passed: this.passed(scan),
      tellsLate: lateTopicOf(this.table) !== undefined,
      get hasRows() {
        return hasRows()
      },
      get watermarkMs() {
        return watermarkMs()
      },
      behind: false,
    }
  }

  /** A scan's columns of the batch, of types in which each value is written in one way. */
  private passed(scan: ScanNode): Passed {
    const kinds = this.fields.indexOf(kindField)
    return {
      batch: () => this.loaded,
      columns: scan.fields.map(({ name, type }) => {
        const column = this.columnOverBatch(name)
        return column.kind === 'column' && !isNested(type) ? column.index : undefined
      }),
      ...(kinds >= 0 && { kinds }),
      isWhole: true,
    }
  }

  load(batch: ColumnBatch): void {
    this.relation.load([batch])
    this.loaded = batch
    this.hasRows = batch.rowCount > 0
  }

  clear(): void {
    this.relation.clear()
    this.loaded = new ColumnBatch(this.fields)
    this.hasRows = false
  }

  /** The latest event time of each partition in the batch that is loaded, in milliseconds. */
  async latestTimes(): Promise<Map<number, number>> {
    const times = new Map<number, number>()
    if (this.latest === undefined) return times
    if (this.timeColumn !== undefined) return this.latestIn(this.loaded.fixed(this.timeColumn))
    const rows = await this.latest.run()
    const partitions = rows.fixed(0)
    const latest = rows.fixed(1)
    for (let row = 0; row < rows.rowCount; row++) {
      if (!latest.validity.isValid(row)) continue
      times.set(partitions.numberAt(row), Math.floor(latest.numberAt(row) / 1000))
    }
    return times
  }

  private latestIn(micros: FixedColumn): Map<number, number> {
    const partitions = this.loaded.fixed(this.loaded.columns.length - 1).int32
    const times = new Map<number, number>()
    for (let row = 0; row < micros.length; row++) {
      if (!micros.validity.isValid(row)) continue
      const partition = partitions[row] ?? 0
      const time = Math.floor(micros.numberAt(row) / 1000)
      const latest = times.get(partition)
      if (latest === undefined || time > latest) times.set(partition, time)
    }
    return times
  }

  /** A column of the table as an expression over the batch. */
  private columnOverBatch(name: string): Expression {
    const { type, expression, metadata } = columnNamed(this.table, name)
    if (expression !== undefined) return this.overBatch(expression)
    const index = this.fields.findIndex((field) => field.name === name)
    const read: Expression = { kind: 'column', index, name, type: metadata?.type ?? type }
    return metadata === undefined ? read : castTo(read, type)
  }

  /** A computed column's expression, its columns looked up by name in the batch. */
  private overBatch(expression: Expression): Expression {
    switch (expression.kind) {
      case 'literal':
        return expression
      case 'column':
        return this.columnOverBatch(expression.name)
      case 'call':
        return {
          ...expression,
          arguments: expression.arguments.map((argument) => this.overBatch(argument)),
        }
      case 'cast':
        return { ...expression, input: this.overBatch(expression.input) }
      case 'case':
        return {
          ...expression,
          branches: expression.branches.map(({ when, then }) =>
            branchOf(this.overBatch(when), this.overBatch(then)),
          ),
          otherwise: this.overBatch(expression.otherwise),
        }
    }
  }
}

const latestField: Field = {
  name: 'latest',
  type: { kind: 'timestamp', precision: 6, nullable: true },
}

function columnNamed(table: TableDefinition, name: string): TableColumn {
  const column = table.columns.find((each) => each.name === name)
  if (column === undefined) throw new RangeError(`${table.name} has no column ${name}`)
  return column
}

/** The columns that are no expressions and that the scans need, in the table's order. */
function readFieldsOf(table: TableDefinition, scans: readonly ScanNode[]): Field[] {
  const needed = new Set<string>()
  const need = (name: string) => {
    const column = table.columns.find((each) => each.name === name)
    if (column?.expression === undefined) needed.add(name)
    else for (const inner of columnNamesIn(column.expression)) need(inner)
  }
  for (const scan of scans) for (const field of scan.fields) need(field.name)
  const { expression } = table.watermark ?? {}
  const isTimed = scans.some(({ watermark }) => watermark !== undefined)
  if (isTimed && expression !== undefined) columnNamesIn(expression).forEach(need)
  return table.columns
    .filter((column) => needed.has(column.name))
    .map(({ name, type, metadata }) => ({ name, type: metadata?.type ?? type }))
}

function columnNamesIn(expression: Expression): string[] {
  switch (expression.kind) {
    case 'column':
      return [expression.name]
    case 'literal':
      return []
    case 'call':
      return expression.arguments.flatMap(columnNamesIn)
    case 'cast':
      return columnNamesIn(expression.input)
    case 'case':
      return [
        ...expression.branches.flatMap(({ when, then }) => [
          ...columnNamesIn(when),
          ...columnNamesIn(then),
        ]),
        ...columnNamesIn(expression.otherwise),
      ]
  }
}
