import type { Field } from '../plan/type.js'
import type { ColumnBatch } from './batch.js'
import type { Extent, Pieces, WantedExtent } from './pieces.js'
import type { FrozenState, Layout, StateImage } from './state-image.js'

/** What a step changes in one state: rows come, rows go, windows close through here. */
export interface StateChange {
  /** The state's name within its job. */
  readonly state: string
  /** Absent: no rows came. */
  readonly rows?: ColumnBatch
  /**
   * Where each of `rows` lies in the state, as whoever made the change has found it: -1 for one that
   * is not there, and of these no key comes twice. A hint, which is stored nowhere; absent: unknown.
   */
  readonly places?: Int32Array
  /** Keys of rows that go, before `rows` come. Absent: none went. */
  readonly removed?: ColumnBatch
  /** Absent: nothing was ever closed. */
  readonly closedThroughMs?: number
}

/**
 * Something that an operator remembers between steps.
 *
 * An operator computes a step without changing it; what the step changes is committed, and applied
 * by the same code at once and at every recovery. So what is in memory is at all times the fold of
 * what is on disk.
 */
export interface OperatorState {
  /** The columns of `rows` in its changes. */
  readonly fields: readonly Field[]
  /** The columns of `removed`. */
  readonly keyFields: readonly Field[]
  /** What else must be the same where a state is taken over; plain values, for JSON. */
  readonly parameters: Readonly<Record<string, number | string>>
  readonly rowCount: number
  readonly sizeBytes: number
  apply(change: Omit<StateChange, 'state'>): void
  /** The change that alone makes an empty state this one. */
  whole(): Omit<StateChange, 'state'>
  /** The same as changes, one after another, each of which fits in memory beside the state. */
  wholeInParts(): Iterable<Omit<StateChange, 'state'>>
  /** How its memory is laid out. */
  readonly layout: Layout
  /** What a snapshot writes: the state as it is now, whatever is applied meanwhile. One at a time. */
  freeze(pieces: Pieces): FrozenState
  /**
   * Takes memory that was stored for a state with the same fields and parameters; this one is empty.
   * What it gives is to be called once all that is wanted is read.
   */
  restore(image: StateImage, wanted: WantedExtent[], pieces: Pieces): () => void
  /** Lets rows that nobody has asked for go from memory, until so many bytes are free; gives how many were. */
  spill?(pieces: Pieces, bytes: number): number
  /** Bytes that are on disk and not in memory. */
  readonly spilledBytes?: number
  /** Where rows lie that are on disk, and may be in no manifest. */
  spilledExtents?(): Iterable<Extent>
}

/** Applies what a step or a snapshot says, each change to its state. */
export function applyChanges(
  states: ReadonlyMap<string, OperatorState>,
  changes: readonly StateChange[],
): void {
  for (const { state, ...change } of changes) stateNamed(states, state).apply(change)
}

export function stateNamed(
  states: ReadonlyMap<string, OperatorState>,
  name: string,
): OperatorState {
  const state = states.get(name)
  if (state === undefined) throw new RangeError(`no state ${name}`)
  return state
}
