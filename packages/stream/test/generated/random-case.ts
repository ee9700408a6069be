import { Chance } from './chance.js'
import type { Kind } from './expression.js'
import { type Query, type Table, tablesOf } from './query.js'
import { randomQuery } from './random-query.js'

/** A query over tables, and how their rows come: what one seed says. */
export interface Case {
  readonly query: Query
  readonly steps: readonly Step[]
}

/** What comes in a step, after which the engine may be stopped and started from what it wrote. */
export interface Step {
  readonly changes: readonly Change[]
  /** A snapshot is taken. */
  readonly snapshot?: true
  readonly restart?: true
}

export interface Change {
  readonly table: string
  readonly kind: '+I' | '-U' | '+U' | '-D'
  readonly row: Row
}

export type Row = Readonly<Record<string, unknown>>

const firstTimeMs = Date.UTC(2026, 0, 4)
const kinds: readonly Kind[] = [
  ...(['int', 'int', 'bigint', 'double', 'decimal', 'string', 'string', 'boolean'] as const),
  ...(['timestamp', 'ltz', 'date', 'array', 'row'] as const),
]

export function randomCase(seed: number): Case {
  const chance = new Chance(seed)
  const tables = Array.from({ length: chance.from(1, 3) }, (_, place) => randomTable(chance, place))
  const query = randomQuery(chance, tables, chance.from(1, 4))
  return { query, steps: randomSteps(chance, tablesOf(query)) }
}

function randomTable(chance: Chance, place: number): Table {
  const letter = 'abc'[place] ?? 'z'
  const columns = Array.from({ length: chance.from(1, 4) }, (_, index) => {
    return { name: `${letter}${index + 1}`, type: chance.pick(kinds) }
  })
  const name = `t${place + 1}`
  const changelog = chance.pick(['append', 'append', 'append', 'upsert', 'changes'] as const)
  const key = { name: `${letter}0`, type: 'int' as const }
  if (changelog !== 'append') return { name, columns: [key, ...columns], changelog }
  if (chance.oneIn(4)) return { name, columns, changelog }
  const time = {
    name: `${letter}_time`,
    type: chance.oneIn(4) ? ('ltz' as const) : ('timestamp' as const),
  }
  const delayMs = 1000 * chance.from(1, 4)
  return { name, columns: [...columns, time], changelog, time: { column: time.name, delayMs } }
}

function randomSteps(chance: Chance, tables: readonly Table[]): Step[] {
  const makers = new Map(tables.map((table) => [table.name, new RowMaker(chance, table)]))
  const most = chance.pick([2, 5, 12])
  return Array.from({ length: chance.from(1, 7) }, () => {
    const changes = tables.flatMap(({ name }) => {
      const count = chance.oneIn(4) ? 0 : chance.from(0, most)
      return Array.from({ length: count }, () => makers.get(name)?.changes() ?? []).flat()
    })
    const isRestarted = chance.oneIn(3)
    return {
      changes,
      ...(chance.oneIn(4) && { snapshot: true as const }),
      ...(isRestarted && { restart: true as const }),
    }
  })
}

/** Makes the rows of a table, in time order but for what its watermark allows. */
class RowMaker {
  private readonly chance: Chance
  private readonly table: Table
  private readonly rows = new Map<number, Row>()
  private latestMs = firstTimeMs

  constructor(chance: Chance, table: Table) {
    this.chance = chance
    this.table = table
  }

  /** The next row, or what changes one that is there. */
  changes(): Change[] {
    const { chance, table } = this
    const change = (kind: Change['kind'], row: Row) => ({ table: table.name, kind, row })
    if (table.changelog === 'append') return [change('+I', this.row())]
    const id = chance.from(0, 5)
    const before = this.rows.get(id)
    const keyName = table.columns[0]?.name ?? ''
    if (chance.oneIn(3)) {
      if (before === undefined && (table.changelog === 'changes' || !chance.oneIn(3))) return []
      this.rows.delete(id)
      const gone = table.changelog === 'changes' ? (before ?? {}) : { [keyName]: id }
      return [change('-D', gone)]
    }
    const row = { ...this.row(), [keyName]: id }
    this.rows.set(id, row)
    if (table.changelog === 'upsert' || before === undefined) return [change('+I', row)]
    return [change('-U', before), change('+U', row)]
  }

  private row(): Row {
    const { columns, time } = this.table
    return Object.fromEntries(
      columns.map(({ name, type }) => [
        name,
        name === time?.column ? this.time(time.delayMs, type) : this.value(type),
      ]),
    )
  }

  /** Never behind the watermark of all that came before. */
  private time(delayMs: number, type: Kind): string {
    const { chance } = this
    if (!chance.oneIn(3)) this.latestMs += 500 * chance.from(0, 6)
    if (chance.oneIn(20)) this.latestMs += 30_000
    const behind = Math.max(0, delayMs - 1)
    const at = this.latestMs - (chance.oneIn(2) ? 0 : Math.min(behind, 500 * chance.from(0, 8)))
    return timeText(at, type)
  }

  private value(type: Kind): unknown {
    const { chance } = this
    if (chance.oneIn(7)) return null
    switch (type) {
      case 'int':
      case 'bigint':
        return chance.from(-1, 4)
      case 'double':
        return chance.from(-4, 12) / 4
      case 'decimal':
        return (chance.from(-100, 400) / 100).toFixed(2)
      case 'string':
        return chance.pick(['a', 'b', 'ab', 'bb', 'A', '', 'a longer text of bytes'])
      case 'boolean':
        return chance.oneIn(2)
      case 'timestamp':
      case 'ltz':
        return timeText(firstTimeMs + 500 * chance.from(0, 200), type)
      case 'date':
        return chance.pick(['2026-01-03', '2026-01-04', '2026-01-05'])
      case 'array':
        return Array.from({ length: chance.from(0, 3) }, () => {
          return chance.oneIn(5) ? null : chance.from(0, 3)
        })
      default:
        return { x: chance.oneIn(5) ? null : chance.from(0, 3), y: chance.pick(['a', 'b', null]) }
    }
  }
}

function timeText(ms: number, type: Kind): string {
  const text = new Date(ms).toISOString()
  return type === 'ltz' ? text : text.slice(0, -1)
}
