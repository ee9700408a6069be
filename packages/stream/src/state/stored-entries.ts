import { ColumnBatch } from './batch.js'
import type { FixedColumn } from './column.js'
import type { JobDescription, StateDescription } from './description.js'
import { readEntry, type SourcePosition, type StepEntry } from './entry.js'
import { writtenField } from './expiring-table.js'
import { type OperatorState, type StateChange, stateNamed } from './operator-state.js'
import { ofNow, type TakenState, type Takeover } from './takeover.js'

/**
 * Reads entries that were written for one version of a script as changes of the states of another:
 * rows keep their columns, which stand in the order of the new ones; what is lost is passed over.
 */
export class StoredEntries {
  private readonly before: ReadonlyMap<string, StateDescription>
  private readonly states: ReadonlyMap<string, OperatorState>
  private readonly takeover: Takeover | undefined
  private readonly tables: ReadonlySet<string>
  private readonly nowMs: number

  /** Without a takeover both versions keep the same under the same names. */
  constructor(
    before: JobDescription,
    states: ReadonlyMap<string, OperatorState>,
    takeover: Takeover | undefined,
    nowMs: number,
  ) {
    this.nowMs = nowMs
    const described = before.operators.flatMap((operator) => operator.states)
    this.before = new Map(described.map((state) => [state.name, state]))
    this.states = states
    this.takeover = takeover
    this.tables = new Set(before.sources.map(({ table }) => table))
  }

  read(payload: Buffer): StepEntry {
    const { takeover } = this
    if (takeover === undefined) return readEntry(payload, (name) => stateNamed(this.states, name))
    const entry = readEntry(payload, (name) => this.fieldsBefore(name))
    return {
      ...entry,
      positions: this.positions(entry.positions),
      changes: entry.changes.flatMap((change) => this.changes(change)),
    }
  }

  /** The same for positions alone. */
  positions(positions: readonly SourcePosition[]): readonly SourcePosition[] {
    const { takeover } = this
    if (takeover === undefined) return positions
    return positions.flatMap((position) => this.moved(position, takeover))
  }

  /** The same for one change. */
  changes(change: StateChange): StateChange[] {
    if (this.takeover === undefined) return [change]
    const taken = this.takeover.states.get(change.state)
    return taken === undefined ? [] : [this.changed(change, taken)]
  }

  /** What a state was of. */
  described(name: string): StateDescription {
    const state = this.before.get(name)
    if (state === undefined) throw new RangeError(`no state ${name}`)
    return state
  }

  /** Rows of which nobody has noted when they were written are as good as written now. */
  private written(rowCount: number): FixedColumn {
    const times = new ColumnBatch([writtenField]).fixed(0)
    for (let row = 0; row < rowCount; row++) times.pushSafeInteger(this.nowMs)
    return times
  }

  private fieldsBefore(name: string) {
    const { fields, keyCount } = this.described(name)
    return { fields, keyFields: fields.slice(0, keyCount) }
  }

  private moved(position: SourcePosition, { tables }: Takeover): SourcePosition[] {
    if (!this.tables.has(position.source)) return [position]
    const source = tables.get(position.source)
    return source === undefined ? [] : [{ ...position, source }]
  }

  private changed({ rows, removed, ...change }: StateChange, taken: TakenState): StateChange {
    const { fields, keyFields } = stateNamed(this.states, taken.state)
    const inOrder = (batch: ColumnBatch, wanted: OperatorState['fields']) =>
      new ColumnBatch(
        wanted,
        wanted.map((_, index) => {
          const column = taken.columns[index] ?? -1
          return column === ofNow ? this.written(batch.rowCount) : batch.column(column)
        }),
      )
    return {
      ...change,
      state: taken.state,
      ...(rows !== undefined && { rows: inOrder(rows, fields) }),
      ...(removed !== undefined && { removed: inOrder(removed, keyFields) }),
    }
  }
}
