/** The project's schemas held against others: what changed, and what would break. */
import type { Level } from '@millrace/schema/read'
import type { Baseline, OlderSchema } from './baseline.js'
import type { Change } from './change.js'
import { differences } from './difference.js'
import { levelReasons } from './level-reasons.js'
import type { ProjectSchema } from './project-schemas.js'

export interface Verdict {
  file: string
  /** Where a registry keeps it. */
  subject?: string
  status: 'same' | 'new' | 'compatible' | 'breaks' | 'gone' | 'unused'
  changes: Change[]
  /** Why it breaks, one reason a line. */
  breaks: string[]
  /** By what it breaks, where a registry says so: `BACKWARD, version 3`. */
  by?: string
}

/** A verdict for each schema, or for each subject of a schema where a registry keeps those. */
export async function verdicts(
  schemas: readonly ProjectSchema[],
  baseline: Baseline,
  level: Level,
): Promise<Verdict[]> {
  const found: Verdict[] = []
  for (const schema of schemas) {
    const older = await baseline.older(schema, schemas)
    const { file } = schema
    if (older.length === 0) found.push({ file, status: 'unused', changes: [], breaks: [] })
    for (const each of older) found.push(verdictOf(schema, each, level))
  }
  const gone = await baseline.gone(schemas)
  return [
    ...found,
    ...gone.map((file): Verdict => ({ file, status: 'gone', changes: [], breaks: [] })),
  ]
}

function verdictOf(schema: ProjectSchema, older: OlderSchema, level: Level): Verdict {
  const { file } = schema
  const subject = older.subject === undefined ? {} : { subject: older.subject }
  const before = older.schema
  if (before === undefined) return { file, ...subject, status: 'new', changes: [], breaks: [] }
  const changes = differences(before, schema)
  const breaks = older.breaks ?? levelReasons(level, schema, [{ ...before, version: 1 }])
  const isSame = changes.length === 0 && breaks.length === 0
  const status = breaks.length > 0 ? 'breaks' : isSame ? 'same' : 'compatible'
  const by = older.by === undefined ? {} : { by: older.by }
  return { file, ...subject, status, changes, breaks, ...by }
}
