import type { DuckDBConnection, DuckDBInstance, DuckDBPreparedStatement } from '@duckdb/node-api'
import * as duckdb from '@duckdb/node-api'
import { type Field, unboundedLength } from '../../plan/type.js'
import { isNested } from '../../plan/type-family.js'
import { ColumnBatch } from '../../state/batch.js'
import { type Column, FixedColumn } from '../../state/column.js'
import { stackedRows } from '../../state/deferred-rows.js'
import type { Rows } from '../../state/rows.js'
import { OperatorError } from '../errors.js'
import { duckdbMemoryMegabytesMax, duckdbThreads } from '../limits.js'
import type { ScalarFunction } from '../scalar/scalar-function.js'
import { appendChunk, chunkRowsMax, fillChunk } from './crossing.js'
import { fromTextSql, holdsNested, toTextSql } from './nested.js'
import { aliased } from './relation.js'
import { registerScalarFunctions } from './scalar-functions.js'
import { duckdbType } from './types.js'

/**
 * A DuckDB in memory, which computes over columns of ours and keeps nothing.
 *
 * Rows come in through table functions that hand over the columns' own memory, vector by vector:
 * measured at a sixth of the cost of appending to a table and emptying it again. DuckDB calls
 * them back on this thread while it works on its own, so a statement must be awaited.
 */
export class Engine {
  private readonly instance: DuckDBInstance
  private readonly connection: DuckDBConnection
  /** By their lane; the first is `connection`. */
  private readonly connections: DuckDBConnection[]
  private readonly chance: (() => number) | undefined
  private readonly stepTime: Relation
  private readonly watermarks: Relation
  /** Of relations with nested values; the next statement defines them. */
  private readonly undefinedMacros: string[] = []
  /** Names of those that are registered. */
  private readonly scalarFunctions = new Set<string>()
  private readonly userFunctions: ReadonlyMap<string, ScalarFunction>

  private constructor(
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    chance: (() => number) | undefined,
    userFunctions: ReadonlyMap<string, ScalarFunction>,
  ) {
    this.instance = instance
    this.connections = [connection]
    this.chance = chance
    this.userFunctions = userFunctions
    this.connection = connection
    this.stepTime = new Relation(stepTimeRelation, [stepTimeField])
    this.register(this.stepTime, stepTimeRelation, [stepTimeField])
    this.watermarks = new Relation(watermarksRelation, watermarkFields)
    this.register(this.watermarks, watermarksRelation, watermarkFields)
  }

  /** The time of the present step. */
  stepTimeMs = 0

  /** The time that statements take for the present one from now on. */
  setStepTime(timeMs: number): void {
    this.stepTimeMs = timeMs
    const time = new ColumnBatch([stepTimeField])
    time.fixed(0).pushSafeInteger(timeMs * 1000)
    this.stepTime.load([time])
  }

  /** The watermarks of tables, by name, that statements take for the present ones from now on. */
  setWatermarks(watermarksMs: ReadonlyMap<string, number>): void {
    const watermarks = new ColumnBatch(watermarkFields)
    for (const [table, watermarkMs] of watermarksMs) {
      watermarks.bytes(0).pushString(table)
      if (Number.isFinite(watermarkMs)) watermarks.fixed(1).pushSafeInteger(watermarkMs * 1000)
      else watermarks.fixed(1).pushNull()
    }
    this.watermarks.load([watermarks])
  }

  /**
   * `chance` gives a number from 0 to 1, from which all of DuckDB's follow; `userFunctions` are the
   * script's own, by their names in DuckDB.
   */
  static async create(
    chance?: () => number,
    userFunctions: ReadonlyMap<string, ScalarFunction> = new Map(),
  ): Promise<Engine> {
    const instance = await duckdb.DuckDBInstance.create(':memory:', {
      threads: String(duckdbThreads),
      memory_limit: `${duckdbMemoryMegabytesMax}MB`,
      temp_directory: '',
    })
    return new Engine(instance, await connect(instance, chance), chance, userFunctions)
  }

  /**
   * A relation that statements read as `name()`, with columns `c0`, `c1`, … and the place of each
   * row (`placeName`); empty at first.
   */
  relation(name: string, fields: readonly Field[]): Relation {
    const relation = new Relation(name, fields)
    if (!holdsNested(fields)) {
      this.register(relation, name, fields)
      return relation
    }
    const columns = fields.map(({ type }, index) => {
      const column = columnName(index)
      return isNested(type) ? fromTextSql(column, type) : column
    })
    this.register(relation, `${name}_columns`, fields)
    this.undefinedMacros.push(
      `CREATE MACRO ${name}() AS TABLE SELECT ${aliased(columns)}, ${placeName} FROM ${name}_columns()`,
    )
    return relation
  }

  /** Makes a table function of a relation. */
  private register(relation: Relation, name: string, fields: readonly Field[]): void {
    const types = fields.map((field) => duckdbType(field.type))
    this.connection.registerTableFunction(
      duckdb.DuckDBTableFunction.create({
        name,
        bindFunction: (info) => {
          types.forEach((type, index) => {
            info.addResultColumn(columnName(index), type)
          })
          info.addResultColumn(placeName, duckdb.INTEGER)
        },
        initFunction: (info) => {
          info.setInitData(relation.scan(info.getColumnIndexes()))
          info.setMaxThreads(1)
        },
        supportsProjectionPushdown: true,
        mainFunction: (info, output) => {
          const scan = info.initData as Scan
          const next = scan.next()
          if (next.done === true) output.rowCount = 0
          else fillChunk(output.chunk, next.value.columns, next.value.from, next.value.rows)
        },
      }),
    )
  }

  /**
   * `sql` gives the columns of `fields`, in their order and with exactly their types. Statements of
   * one lane run one after another, those of several lanes may run at once.
   */
  async statement(sql: string, fields: readonly Field[], lane = 0): Promise<Statement> {
    registerScalarFunctions(this.connection, this.scalarFunctions, sql, this.userFunctions)
    const connection = await this.connectionOf(lane)
    try {
      for (const macro of this.undefinedMacros.splice(0)) await this.connection.run(macro)
      return new Statement(await connection.prepare(withTexts(sql, fields)), fields)
    } catch (cause) {
      throw new OperatorError('COMPUTATION_FAILED', messageOf(cause), { cause })
    }
  }

  private async connectionOf(lane: number): Promise<DuckDBConnection> {
    const known = this.connections[lane]
    if (known !== undefined) return known
    const opened = await connect(this.instance, this.chance)
    this.connections[lane] = opened
    return opened
  }

  close(): void {
    for (const connection of this.connections) connection?.closeSync()
    this.instance.closeSync()
  }
}

async function connect(
  instance: DuckDBInstance,
  chance: (() => number) | undefined,
): Promise<DuckDBConnection> {
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  await connection.run('SET ieee_floating_point_ops = true')
  if (chance !== undefined) await connection.run(`SELECT setseed(${chance()})`)
  return connection
}

/** The query with its nested values as the texts of columns. */
function withTexts(sql: string, fields: readonly Field[]): string {
  if (!holdsNested(fields)) return sql
  const columns = fields.map(({ type }, index) => {
    const column = columnName(index)
    return isNested(type) ? toTextSql(column, type) : column
  })
  const names = fields.map((_, index) => columnName(index))
  return `SELECT ${aliased(columns)} FROM (${sql}) AS given(${names.join(', ')})`
}

/** A relation of one row and column, the time of the step. */
export const stepTimeRelation = 'step_time'

const stepTimeField: Field = {
  name: 'step_time',
  type: { kind: 'timestampLtz', precision: 3, nullable: false },
}

/** A relation of the watermark of each table. */
export const watermarksRelation = 'watermarks'

const watermarkFields: readonly Field[] = [
  { name: 'table', type: { kind: 'varchar', length: unboundedLength, nullable: false } },
  { name: 'watermark', type: { kind: 'timestamp', precision: 6, nullable: true } },
]

/** The name of column `index` in every relation and subquery. */
export function columnName(index: number): string {
  return `c${index}`
}

/** The column of a relation that says where among its rows, from 0 on, each lies. */
export const placeName = 'place_of_row'

/** What a table function reads: some batches of the same fields, one after another. */
export class Relation {
  readonly name: string
  private readonly fields: readonly Field[]
  private batches: readonly Rows[] = []

  constructor(name: string, fields: readonly Field[]) {
    this.name = name
    this.fields = fields
  }

  /** Statements read these from now on; they must not change while one runs. */
  load(batches: readonly Rows[]): void {
    this.batches = batches
  }

  clear(): void {
    this.batches = []
  }

  /** All its rows as one batch, which nobody may change. */
  get rows(): Rows {
    const [first, ...others] = this.batches
    if (others.length === 0) return first ?? new ColumnBatch(this.fields)
    const rows = stackedRows(this.fields, this.batches)
    this.batches = [rows]
    return rows
  }

  /** `wanted`: the columns that the query asks for, in its order. */
  *scan(wanted: readonly number[]): Scan {
    let before = 0
    for (const batch of this.batches) {
      const { rowCount, fields } = batch
      const columns = wanted.map((index) => {
        return index < fields.length ? batch.column(index) : placesFrom(before, rowCount)
      })
      for (let from = 0; from < rowCount; from += chunkRowsMax) {
        yield { columns, from, rows: Math.min(chunkRowsMax, rowCount - from) }
      }
      before += rowCount
    }
  }
}

type Scan = Generator<{ columns: ColumnBatch['columns']; from: number; rows: number }, void>

function placesFrom(first: number, rows: number): Column {
  const column = new FixedColumn({ kind: 'int', nullable: false }, 4)
  column.extend(rows)
  for (let row = 0; row < rows; row++) column.int32[row] = first + row
  return column
}

/** A prepared query over relations. */
export class Statement {
  private readonly prepared: DuckDBPreparedStatement
  private readonly fields: readonly Field[]

  constructor(prepared: DuckDBPreparedStatement, fields: readonly Field[]) {
    this.prepared = prepared
    this.fields = fields
  }

  /** All rows of the result, in its order. Throws an `OperatorError` with DuckDB's reason. */
  async run(): Promise<ColumnBatch> {
    const batch = new ColumnBatch(this.fields)
    try {
      const result = await this.prepared.run()
      const chunks = await result.fetchAllChunks()
      const rows = chunks.reduce((sum, { rowCount }) => sum + rowCount, 0)
      for (const [place, { chunk }] of chunks.entries()) {
        appendChunk(batch, chunk)
        if (place === 0) batch.expectRows(rows)
      }
    } catch (cause) {
      throw new OperatorError('COMPUTATION_FAILED', messageOf(cause), { cause })
    }
    return batch
  }
}

/** The first line, without the class of the error before it: `Invalid Input Error: `. */
function messageOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  const line = text.split('\n')[0] ?? text
  return line.replace(/^([A-Z][A-Za-z]* )+Error: /, '')
}
