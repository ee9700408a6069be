/** The project's schemas held against others: what changed, and what would break. */
import { type Level, levelBreaks, schemaTypes } from '@millrace/schema'
import type { Baseline, OlderSchema } from './baseline.js'
import { type Change, differences } from './difference.js'
import type { ProjectSchema } from './project-schemas.js'

export interface Verdict {
  file: string
  /** Where a registry keeps it. */
  subject?: string
  status: 'same' | 'new' | 'compatible' | 'breaks' | 'gone' | 'unused'
  changes: Change[]
  /** Why it breaks, one reason a line. */
  breaks: string[]
}

/** A verdict for each schema, or for each topic of a schema where a registry keeps those. */
export async function verdicts(
  schemas: readonly ProjectSchema[],
  baseline: Baseline,
  level: Level,
): Promise<Verdict[]> {
  const found: Verdict[] = []
  for (const schema of schemas) {
    const older = await baseline.older(schema)
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
  if (older.text === undefined) return { file, ...subject, status: 'new', changes: [], breaks: [] }
  const { schemaType = 'AVRO' } = older
  const changes: Change[] =
    schemaType === 'AVRO'
      ? differences(older.text, schema.text)
      : [{ kind: 'changed', field: '', what: `was ${schemaType}, is AVRO` }]
  const breaks = older.breaks ?? breaksOf(schema.text, older.text, level)
  const isSame = changes.length === 0 && breaks.length === 0
  const status = breaks.length > 0 ? 'breaks' : isSame ? 'same' : 'compatible'
  return { file, ...subject, status, changes, breaks }
}

function breaksOf(text: string, older: string, level: Level): string[] {
  const [avro] = schemaTypes
  if (avro === undefined) throw new Error('The registry knows no language of schemas.')
  const of = (each: string) => ({ schemaType: avro.name, parse: () => avro.parse(each, []) })
  const breaks = levelBreaks(level, of(text), [{ ...of(older), version: 1 }])
  return breaks.map(({ reason }) => reason)
}
