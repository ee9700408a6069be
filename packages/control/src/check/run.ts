import type { Clock } from '@millrace/host'
import {
  type InsertNode,
  lookupsOf,
  runOnce,
  scansOf,
  type TableDefinition,
} from '@millrace/stream'
import type { PipelineCase, PipelineTest } from '../project/pipelinetest.js'
import { suggestion } from '../project/spelling.js'
import { type Row, rowDifferences } from './rows.js'

/** How one case came out. */
export interface CaseResult {
  file: string
  line: number
  name: string
  ok: boolean
  /** What differs, by table; empty where nothing does. */
  differences: { table: string; lines: string[] }[]
  /** Why the pipeline could not be run on these rows. */
  failure?: string
  milliseconds: number
}

/** Runs one case of a test: the pipeline over the given rows, without any server. */
export async function runCase(
  clock: Clock,
  test: PipelineTest,
  each: PipelineCase,
): Promise<CaseResult> {
  const startedAt = clock.monotonic()
  const done = (outcome: Pick<CaseResult, 'ok' | 'differences' | 'failure'>): CaseResult => ({
    file: test.file,
    line: each.line,
    name: each.name,
    ...outcome,
    milliseconds: Math.round(clock.monotonic() - startedAt),
  })
  const { plan } = test.pipeline
  try {
    const tables = plan.inserts.flatMap(({ input }) => {
      return [...scansOf(input), ...lookupsOf(input)].map(({ table }) => table)
    })
    const sources = new Set(tables.map(({ name }) => name))
    const sinks = new Map(plan.inserts.map((insert) => [insert.table.name, insert]))
    const given = byTable('given', each.given, sources)
    for (const table of tables) refuseUnknownFields(table, given.get(table.name) ?? [])
    const expect = byTable('expect', each.expect, new Set(sinks.keys()))
    const inputs = new Map([...sources].map((table) => [table, given.get(table) ?? []]))
    const outputs = await runOnce(plan, inputs)
    const differences = [...expect].flatMap(([table, expected]) => {
      const sink = sinks.get(table) as InsertNode
      const { columns, primaryKey } = sink.table
      const lines = rowDifferences(columns, primaryKey, expected, outputs.get(table) ?? [])
      return lines.length === 0 ? [] : [{ table, lines }]
    })
    return done({ ok: differences.length === 0, differences })
  } catch (cause) {
    const failure = cause instanceof Error ? cause.message : String(cause)
    return done({ ok: false, differences: [], failure })
  }
}

/** A field that is misspelt would be NULL, in silence. A field `$kind` says what change a row is. */
function refuseUnknownFields(
  { name: table, columns }: TableDefinition,
  rows: readonly Row[],
): void {
  const names = columns.map(({ name }) => name)
  for (const [index, row] of rows.entries()) {
    const unknown = Object.keys(row).find((name) => name !== '$kind' && !names.includes(name))
    if (unknown === undefined) continue
    throw new Error(
      `row ${index + 1} of \`${table}\` has the field \`${unknown}\`, which the table does not have. ${suggestion(unknown, names) ?? ''}`.trim(),
    )
  }
}

/** A topic of a catalog may be called by its name alone, where that is clear. */
function byTable<Rows>(
  key: string,
  rows: ReadonlyMap<string, Rows>,
  known: ReadonlySet<string>,
): Map<string, Rows> {
  return new Map(
    [...rows].map(([name, each]) => {
      if (known.has(name)) return [name, each]
      const [whole, another] = [...known].filter((table) => topicNamed(table) === name)
      if (whole !== undefined && another === undefined) return [whole, each]
      const role = key === 'given' ? 'read' : 'write'
      throw new Error(
        `\`${key}\` names the table \`${name}\`, which the pipeline does not ${role}. ${suggestion(name, known) ?? ''}`.trim(),
      )
    }),
  )
}

/** The last part of `main.topics.orders`; undefined for a table of the script itself. */
function topicNamed(table: string): string | undefined {
  return /^[^.]+\.[^.]+\.(.+)$/.exec(table)?.[1]
}
