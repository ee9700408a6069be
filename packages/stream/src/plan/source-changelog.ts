import type { TableDefinition } from './table.js'
import { changelogFormats, formatOf } from './value-format.js'

/**
 * What the records of a table tell: `append` new rows only; `retract` every change of a row, as the
 * row before and the row after, and deletions; `upsert` of a key the row that counts from now on,
 * or its deletion, and nothing of the row before.
 */
export type SourceChangelog = 'append' | 'retract' | 'upsert'

export function sourceChangelogOf({ options }: TableDefinition): SourceChangelog {
  if (options.get('connector') === 'upsert-kafka') return 'upsert'
  return changelogFormats.includes(formatOf(options) ?? '') ? 'retract' : 'append'
}
