import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import type { Column } from '../state/column.js'
import { KeyedTable } from '../state/keyed-table.js'
import type { StateChange } from '../state/operator-state.js'
import type { Engine, Relation, Statement } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'

/**
 * The values that one argument has in each group, in the order in which their rows came: what an
 * aggregate that goes by this order needs where rows may be taken back, or each value counts once.
 *
 * A row that is taken back takes the first of its values that is there, as in Flink. Where each
 * value counts once, it stands where it first came since it was last there, with how often it came;
 * and what was never there, or was forgotten, is passed over.
 *
 * State: one row for each value of each group, known by its place in the group's order. Bound: the
 * values of the groups. A step reads all values of the groups that it changes.
 */
export class ValueList {
  readonly name: string
  readonly table: KeyedTable
  /** Keys, value, and whether there is one: all values of the step's groups, in their order. */
  readonly lists: Relation
  private readonly layout: ListLayout
  private readonly deltas: Statement
  private readonly isDistinct: boolean

  private constructor(parts: {
    name: string
    table: KeyedTable
    lists: Relation
    layout: ListLayout
    deltas: Statement
    isDistinct: boolean
  }) {
    this.name = parts.name
    this.table = parts.table
    this.lists = parts.lists
    this.layout = parts.layout
    this.deltas = parts.deltas
    this.isDistinct = parts.isDistinct
  }

  /** `value`, `isCounted` and `sign` are SQL over the input's rows; `sign` is 1 or -1. */
  static async compile(of: {
    engine: Engine
    name: string
    relation: string
    inputSql: string
    keyFields: readonly Field[]
    keys: readonly string[]
    valueField: Field
    value: string
    isCounted: string
    sign: string
    isDistinct: boolean
  }): Promise<ValueList> {
    const { engine, name, relation, inputSql, keyFields, keys, valueField, isDistinct } = of
    const layout = layoutOf(keyFields, valueField)
    const lists = engine.relation(relation, [...keyFields, valueField, isThereField])
    const items = aliased([
      ...['CAST(0 AS TINYINT)', ...keys, of.value],
      `CAST(${of.sign} AS TINYINT)`,
    ])
    const deltas = await engine.statement(
      `SELECT ${items} FROM (${inputSql}) WHERE ${of.isCounted}`,
      [oneField, ...keyFields, valueField, signField],
    )
    const table = new KeyedTable(layout.fields, layout.groupCount + 1, layout.groupCount)
    return new ValueList({ name, table, lists, layout, deltas, isDistinct })
  }

  /** Takes the changes of the step's input; loads `lists`. */
  async step(): Promise<StateChange> {
    const { layout, table } = this
    const deltas = await this.deltas.run()
    const groups = groupsOf(deltas, layout.groupCount)
    const prefix = new ColumnBatch(layout.fields.slice(0, layout.groupCount))
    prefix.appendTaken(
      deltas.columns,
      groups.each.map(({ row }) => row),
    )
    const { places, ends } = table.findGroups(prefix)
    const stored = table.gather(places)
    // The values of the step, those of the state, and a NULL for groups that have none.
    const values = new ColumnBatch([layout.valueField])
    values.appendRows(deltas.columns.slice(layout.groupCount), 0, deltas.rowCount)
    values.appendRows(stored.columns.slice(layout.groupCount + 1), 0, stored.rowCount)
    const none = values.rowCount
    values.column(0).pushNull()
    groups.each.forEach((group, index) => {
      this.fill(group, stored, index === 0 ? 0 : (ends[index - 1] ?? 0), ends[index] ?? 0, deltas)
    })
    const signs = deltas.fixed(layout.groupCount + 1)
    for (let row = 0; row < deltas.rowCount; row++) {
      const group = groups.ofRow[row] as Group
      if (signs.int8[row] === 1) group.add(row, this.isDistinct, values)
      else group.remove(row, this.isDistinct, values)
    }
    this.load(groups.each, deltas, values, none)
    return this.change(groups.each, deltas, stored, values)
  }

  clear(): void {
    this.lists.clear()
  }

  private fill(
    group: Group,
    stored: ColumnBatch,
    from: number,
    to: number,
    { rowCount }: ColumnBatch,
  ): void {
    const { groupCount } = this.layout
    const sequences = stored.fixed(groupCount)
    const counts = stored.fixed(groupCount + 2)
    for (let row = from; row < to; row++) {
      group.entries.push({
        sequence: sequences.numberAt(row),
        count: counts.numberAt(row),
        value: rowCount + row,
        storedRow: row,
        isChanged: false,
      })
    }
    group.entries.sort((left, right) => left.sequence - right.sequence)
  }

  private load(
    groups: readonly Group[],
    deltas: ColumnBatch,
    values: ColumnBatch,
    none: number,
  ): void {
    const { layout } = this
    const rows: number[] = []
    const taken: number[] = []
    for (const { row, live } of groups) {
      const entries = live.length > 0 ? live.map(({ value }) => value) : [none]
      for (const value of entries) {
        rows.push(row)
        taken.push(value)
      }
    }
    const keys = new ColumnBatch(layout.fields.slice(1, layout.groupCount))
    keys.appendTaken(deltas.columns.slice(1, layout.groupCount), rows)
    const listed = new ColumnBatch([layout.valueField])
    listed.appendTaken(values.columns, taken)
    const isThere = new ColumnBatch([isThereField])
    for (const value of taken) isThere.fixed(0).pushInt8(value === none ? 0 : 1)
    this.lists.load([
      new ColumnBatch(
        [...keys.fields, layout.valueField, isThereField],
        [...keys.columns, ...listed.columns, ...isThere.columns],
      ),
    ])
  }

  private change(
    groups: readonly Group[],
    deltas: ColumnBatch,
    stored: ColumnBatch,
    values: ColumnBatch,
  ): StateChange {
    const { fields, groupCount } = this.layout
    const gone = groups.flatMap(({ entries }) =>
      entries.filter(({ count, storedRow }) => count === 0 && storedRow >= 0),
    )
    const removed = new ColumnBatch(fields.slice(0, groupCount + 1))
    removed.appendTaken(
      stored.columns,
      gone.map(({ storedRow }) => storedRow),
    )
    const put = groups.flatMap(({ row, live }) =>
      live.filter(({ isChanged }) => isChanged).map((entry) => ({ ...entry, row })),
    )
    const rows = new ColumnBatch(fields)
    const keys = new ColumnBatch(fields.slice(0, groupCount), rows.columns.slice(0, groupCount))
    keys.appendTaken(
      deltas.columns,
      put.map(({ row }) => row),
    )
    for (const { sequence } of put) rows.fixed(groupCount).pushSafeInteger(sequence)
    const listed = new ColumnBatch(
      [this.layout.valueField],
      rows.columns.slice(groupCount + 1, groupCount + 2),
    )
    listed.appendTaken(
      values.columns,
      put.map(({ value }) => value),
    )
    for (const { count } of put) rows.fixed(groupCount + 2).pushSafeInteger(count)
    return {
      state: this.name,
      ...(rows.rowCount > 0 && { rows }),
      ...(removed.rowCount > 0 && { removed }),
    }
  }
}

/** Columns: a constant, so that there is always a group; the keys; the place; the value; its count. */
interface ListLayout {
  readonly fields: readonly Field[]
  readonly valueField: Field
  /** Of the constant and the keys. */
  readonly groupCount: number
}

const oneField: Field = { name: 'one', type: { kind: 'tinyint', nullable: false } }
const sequenceField: Field = { name: 'sequence', type: { kind: 'bigint', nullable: false } }
const countField: Field = { name: 'count', type: { kind: 'bigint', nullable: false } }
const signField: Field = { name: 'sign', type: { kind: 'tinyint', nullable: false } }
const isThereField: Field = { name: 'is_there', type: { kind: 'boolean', nullable: false } }

function layoutOf(keyFields: readonly Field[], valueField: Field): ListLayout {
  const fields = [oneField, ...keyFields, sequenceField, valueField, countField]
  return { fields, valueField, groupCount: keyFields.length + 1 }
}

interface Entry {
  readonly sequence: number
  /** How often the value came; 0 when it is gone. More than 1 only where each counts once. */
  count: number
  /** Its row among the values of the step. */
  readonly value: number
  /** Among the rows of the state; -1 for one that came in this step. */
  readonly storedRow: number
  isChanged: boolean
}

/** A group that a step changes, with all of its values. */
class Group {
  /** The first of the step's rows that is of the group. */
  readonly row: number
  readonly entries: Entry[] = []
  /** The entries that are there, in order, by their values; made when it is first asked. */
  private byValue: Map<string, Entry[]> | undefined

  constructor(row: number) {
    this.row = row
  }

  get live(): Entry[] {
    return this.entries.filter(({ count }) => count > 0)
  }

  add(value: number, isDistinct: boolean, values: ColumnBatch): void {
    const known = isDistinct ? this.find(value, values)?.[0] : undefined
    if (known !== undefined) {
      known.count++
      known.isChanged = true
      return
    }
    const sequence = (this.entries.at(-1)?.sequence ?? -1) + 1
    const entry: Entry = { sequence, count: 1, value, storedRow: -1, isChanged: true }
    this.entries.push(entry)
    this.index(entry, values)
  }

  remove(value: number, isDistinct: boolean, values: ColumnBatch): void {
    const found = this.find(value, values)
    const entry = found?.[0]
    if (entry === undefined) return
    entry.count = isDistinct ? entry.count - 1 : 0
    entry.isChanged = true
    if (entry.count === 0) found?.shift()
  }

  private find(value: number, values: ColumnBatch): Entry[] | undefined {
    if (this.byValue === undefined) {
      this.byValue = new Map()
      for (const entry of this.live) this.index(entry, values)
    }
    return this.byValue.get(textOf(values.column(0), value))
  }

  private index(entry: Entry, values: ColumnBatch): void {
    if (this.byValue === undefined) return
    const text = textOf(values.column(0), entry.value)
    const known = this.byValue.get(text)
    if (known === undefined) this.byValue.set(text, [entry])
    else known.push(entry)
  }
}

function groupsOf(deltas: ColumnBatch, groupCount: number): { each: Group[]; ofRow: Group[] } {
  const keys = deltas.columns.slice(0, groupCount)
  const known = new Map<string, Group>()
  const ofRow: Group[] = []
  for (let row = 0; row < deltas.rowCount; row++) {
    const texts = keys.map((column) => textOf(column, row))
    const text = texts.map((each) => `${each.length}:${each}`).join('')
    let group = known.get(text)
    if (group === undefined) {
      group = new Group(row)
      known.set(text, group)
    }
    ofRow.push(group)
  }
  return { each: [...known.values()], ofRow }
}

/** Equal values have equal texts, and others have others. */
function textOf(column: Column, row: number): string {
  if (!column.validity.isValid(row)) return 'n'
  if (column.kind === 'bytes') return `v${column.bytesAt(row).toString('latin1')}`
  // The two zeros are one value, and so are all NaNs.
  if (column.type.kind === 'double') return `v${(column.float64[row] ?? 0) + 0}`
  if (column.type.kind === 'float') return `v${(column.float32[row] ?? 0) + 0}`
  const { bytes, width } = column
  return `v${Buffer.from(bytes.buffer, bytes.byteOffset + row * width, width).toString('latin1')}`
}
