import type { Field } from '../plan/type.js'
import { columnName, type Engine, placeName, type Statement } from './duckdb/engine.js'
import type { Flow } from './operator.js'

/** Rows of a source that came too late for an operator. */
export interface LateRows {
  /** Which of the operator's inputs they are of. */
  readonly input: number
  /** Where they lie in the source's batch, each once. */
  readonly places: readonly number[]
  /** Results through this instant had been given out, in milliseconds since 1970. */
  readonly closedThroughMs: number
}

/**
 * Finds out which rows of a source are late, where its table wants them told. It is asked only in
 * steps that found some.
 */
export class LateFinder {
  private readonly input: number
  private readonly query: Statement

  private constructor(input: number, query: Statement) {
    this.input = input
    this.query = query
  }

  /**
   * `time`: what of a row decides whether it is late, as an SQL timestamp over the input's columns
   * and `micros`, which `micros` says. Undefined where nobody wants to know.
   */
  static async compile(
    engine: Engine,
    input: Flow,
    sql: { readonly micros: string; readonly time?: string },
    place = 0,
  ): Promise<LateFinder | undefined> {
    if (input.tellsLate !== true) return undefined
    const { micros, time = 'make_timestamp(micros)' } = sql
    const rows = `SELECT *, ${micros} AS micros FROM (${input.sql})`
    const query = `SELECT ${time} AS c0, ${placeName} AS c1 FROM (${rows}) WHERE micros IS NOT NULL`
    return new LateFinder(place, await engine.statement(query, [timeField, placeField]))
  }

  /** The rows of the present step whose time is late, in milliseconds. */
  async find(isLate: (timeMs: number) => boolean, closedThroughMs: number): Promise<LateRows> {
    const rows = await this.query.run()
    const times = rows.fixed(0)
    const { int32 } = rows.fixed(1)
    const places = new Set<number>()
    for (let row = 0; row < rows.rowCount; row++) {
      if (isLate(Math.floor(times.numberAt(row) / 1000))) places.add(int32[row] as number)
    }
    return { input: this.input, places: [...places], closedThroughMs }
  }
}

/** The time of a column in microseconds. */
export function microsOf(column: number): string {
  return `epoch_us(${columnName(column)})`
}

const timeField: Field = {
  name: 'time',
  type: { kind: 'timestamp', precision: 6, nullable: false },
}

export const placeField: Field = { name: 'place', type: { kind: 'int', nullable: false } }
