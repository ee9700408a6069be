import { AppendedRows } from './appended-rows.js'
import type { StateDescription } from './description.js'
import { ExpiringTable, writtenField } from './expiring-table.js'
import { KeyedTable } from './keyed-table.js'
import { applyChanges, type OperatorState, stateNamed } from './operator-state.js'
import { PaneStore } from './panes.js'
import type { Pieces, WantedExtent } from './pieces.js'
import { Slices } from './slices.js'
import type { StateImage } from './state-image.js'
import type { StoredEntries } from './stored-entries.js'

/**
 * Brings what a snapshot holds into states that are empty. Memory comes back as it lies; where the
 * script has changed, or lays a state out in another way, its rows are read and applied.
 */
export async function restoreStates(
  images: Readonly<Record<string, StateImage>>,
  into: {
    states: ReadonlyMap<string, OperatorState>
    reader: StoredEntries
    isChanged: boolean
    pieces: Pieces
    /** Is called whenever rows were applied: they may be more than memory holds. */
    onApplied: () => void
  },
): Promise<void> {
  const { states, reader, isChanged, pieces, onApplied } = into
  const wanted: WantedExtent[] = []
  const read: (() => void)[] = []
  for (const [name, image] of Object.entries(images)) {
    const state = isChanged ? undefined : stateNamed(states, name)
    if (state?.layout === image.layout) read.push(state.restore(image, wanted, pieces))
    else await restoreRows(name, image, into)
  }
  await pieces.readAll(wanted)
  for (const each of read) each()

  async function restoreRows(
    name: string,
    image: StateImage,
    { states }: { states: ReadonlyMap<string, OperatorState> },
  ): Promise<void> {
    const before = likeStored(reader.described(name), image)
    const wanted: WantedExtent[] = []
    const end = before.restore(image, wanted, pieces)
    await pieces.readAll(wanted)
    end()
    for (const change of before.wholeInParts()) {
      applyChanges(states, reader.changes({ state: name, ...change }))
      onApplied()
    }
    const { closedThroughMs } = image.numbers
    if (closedThroughMs === undefined) return
    applyChanges(states, reader.changes({ state: name, closedThroughMs }))
  }
}

/** An empty state that holds what is described as it lies in memory; nobody does anything else with it. */
function likeStored(
  { fields, keyCount, parameters }: StateDescription,
  { layout }: StateImage,
): OperatorState {
  const groupCount = Number(parameters.groupCount ?? 0)
  switch (layout) {
    case 'appended':
      return new AppendedRows(fields, keyCount, groupCount)
    case 'panes':
      return new PaneStore(fields, new Slices({ kind: 'tumble', sizeMs: 1, offsetMs: 0 }))
    case 'table': {
      const isExpiring = fields.at(-1)?.name === writtenField.name
      const own = isExpiring ? fields.slice(0, -1) : fields
      const table = new KeyedTable(own, keyCount, groupCount)
      return isExpiring ? new ExpiringTable(table, Number.POSITIVE_INFINITY) : table
    }
  }
}
