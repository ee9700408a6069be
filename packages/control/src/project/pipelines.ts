import {
  declarationOfSink,
  type ExternalCatalog,
  type ExternalTable,
  isTopicTable,
} from '@millrace/stream/script'
import { mainCluster } from './cluster.js'
import { type Pipeline, topicOf } from './pipeline.js'
import type { Problem } from './problem.js'

/** Plans one script with what is in these catalogs; undefined, with the problem told, where not. */
type PlanScript = (
  file: string,
  catalogs: readonly ExternalCatalog[],
  problems: Problem[],
) => Pipeline | undefined

/**
 * Plans the scripts of a project. What one writes is a table of the main cluster for the others,
 * in whatever order they stand: those that cannot be planned are tried again as long as more of
 * what they may read is known.
 */
export function planPipelines(
  files: readonly string[],
  known: readonly ExternalCatalog[],
  plan: PlanScript,
  problems: Problem[],
): { pipelines: Map<string, Pipeline>; catalogs: readonly ExternalCatalog[] } {
  const pipelines = new Map<string, Pipeline>()
  let catalogs = known
  for (;;) {
    const waiting = files.filter((file) => !pipelines.has(file))
    const found: Problem[] = []
    const planned = waiting.flatMap((file): [string, Pipeline][] => {
      const pipeline = plan(file, catalogs, found)
      return pipeline === undefined ? [] : [[file, pipeline]]
    })
    for (const [file, pipeline] of planned) pipelines.set(file, pipeline)
    catalogs = withOutputs(known, [...pipelines.values()])
    if (planned.length > 0 && planned.length < waiting.length) continue
    problems.push(...withoutConsequences(found))
    return { pipelines, catalogs }
  }
}

const missingTable = /^there is no table `.*` in the catalog |has no schema, and so no columns$/

/** What a broken script would have given is not asked for: it may be what others miss. */
function withoutConsequences(problems: readonly Problem[]): readonly Problem[] {
  const causes = problems.filter(({ message }) => !missingTable.test(message))
  return causes.length > 0 ? causes : problems
}

/** With the topics that pipelines write and declare themselves, but for those with a schema. */
function withOutputs(
  catalogs: readonly ExternalCatalog[],
  pipelines: readonly Pipeline[],
): ExternalCatalog[] {
  const outputs = outputTables(pipelines)
  return catalogs.map((catalog) => {
    if (catalog.name !== mainCluster) return catalog
    const declared = catalog.tables.filter(({ declaration }) => declaration !== undefined)
    const names = new Set(declared.map(({ name }) => name))
    const more = [...outputs.values()].filter(({ name }) => !names.has(name))
    const without = catalog.tables.filter(({ name, declaration }) => {
      return declaration === undefined && !outputs.has(name)
    })
    return { ...catalog, tables: [...declared, ...more, ...without] }
  })
}

/** The topics that pipelines write, as tables, by name. */
function outputTables(pipelines: readonly Pipeline[]): Map<string, ExternalTable> {
  const tables = new Map<string, ExternalTable>()
  const inserts = pipelines.flatMap(({ plan }) => plan.inserts)
  for (const sink of inserts.map(({ table }) => table).filter(isTopicTable)) {
    const name = topicOf(sink)
    const table = declarationOfSink(sink)
    const before = tables.get(name)
    const isSame = before === undefined || before.declaration === table.declaration
    tables.set(name, isSame ? table : { name, refusal: declaredTwice(name) })
  }
  return tables
}

function declaredTwice(topic: string) {
  return {
    message: `pipelines declare what they write into \`${topic}\` differently`,
    hint: `write \`schema\` into topics/${topic}.yaml, or declare a table with CREATE TABLE`,
  }
}
