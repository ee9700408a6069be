/**
 * Compatibility levels: which older versions a new one is held against, and who must read whom.
 * BACKWARD: the new one reads what the old one wrote; FORWARD: the other way round; FULL: both.
 * TRANSITIVE ones look at all versions, the others at the latest only.
 */
import type { ParsedSchema } from '../schema-type.js'

export const levels = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
  /** Only new fields, each with a default. Not a level of Confluent's registry. */
  'APPEND_WITH_DEFAULTS',
] as const
export type Level = (typeof levels)[number]

export const levelDefault: Level = 'BACKWARD'

export function isLevel(name: unknown): name is Level {
  return levels.includes(name as Level)
}

/** An older version of a subject. */
export interface OlderVersion {
  readonly version: number
  readonly schemaType: string
  /** Read when it is needed. */
  parse(): ParsedSchema
}

/** What a new schema breaks of a version. */
export interface LevelBreak {
  readonly version: number
  readonly reason: string
}

/** What breaks when `schema` follows the older versions, oldest first; the newest breaks first. */
export function levelBreaks(
  level: Level,
  schema: { readonly schemaType: string; parse(): ParsedSchema },
  older: readonly OlderVersion[],
): LevelBreak[] {
  if (level === 'NONE') return []
  const isTransitive = level.endsWith('_TRANSITIVE')
  const compared = isTransitive ? older.toReversed() : older.slice(-1)
  for (const each of compared) {
    const reasons =
      each.schemaType === schema.schemaType
        ? pairBreaks(level, schema.parse(), each.parse())
        : [`the schema type changed from ${each.schemaType} to ${schema.schemaType}`]
    if (reasons.length > 0) return reasons.map((reason) => ({ version: each.version, reason }))
  }
  return []
}

function pairBreaks(level: Level, newer: ParsedSchema, older: ParsedSchema): string[] {
  if (level === 'APPEND_WITH_DEFAULTS') return newer.appendBreaks(older)
  const breaks: string[] = []
  if (level.startsWith('BACKWARD') || level.startsWith('FULL')) {
    breaks.push(...newer.backwardBreaks(older))
  }
  if (level.startsWith('FORWARD') || level.startsWith('FULL')) {
    breaks.push(...older.backwardBreaks(newer).map((reason) => `for older readers: ${reason}`))
  }
  return [...new Set(breaks)]
}
