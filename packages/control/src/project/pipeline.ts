import path from 'node:path'
import type { TableDefinition } from '@millrace/stream'
import {
  type ExternalCatalog,
  isTopicTable,
  modulesIn,
  type Plan,
  planScript,
  SqlError,
  scansOf,
} from '@millrace/stream/script'
import { topicUnread } from './catalogs.js'
import type { Problem } from './problem.js'
import { isEmptyScript } from './script.js'

/** `pipelines/*.sql`: a Flink SQL script, planned. */
export interface Pipeline {
  name: string
  /** Relative to the project's folder. */
  file: string
  /** Absolute: where the file is, and the modules of its functions from there on. */
  folder: string
  text: string
  plan: Plan
  /** The tables of topics that it reads, one entry a name. */
  sourceTables: TableDefinition[]
  /** The topics it reads and writes. */
  sources: string[]
  sinks: string[]
}

/**
 * Plans one script of the project at `root`; undefined, with the problem told, where it cannot be
 * planned. `catalogs` are the clusters whose topics are tables.
 */
export function readPipeline(
  name: string,
  root: string,
  file: string,
  text: string,
  catalogs: readonly ExternalCatalog[],
  problems: Problem[],
): Pipeline | undefined {
  if (isEmptyScript(text)) {
    const hint = 'Write CREATE TABLE for what it reads and writes, and an INSERT.'
    problems.push({ file, line: 1, column: 1, message: 'the file is empty', hint })
    return undefined
  }
  try {
    const folder = path.dirname(path.join(root, file))
    const plan = planScript(text, { file, catalogs, modules: modulesIn(folder) })
    const scanned = plan.inserts.flatMap((insert) =>
      scansOf(insert.input).map((scan) => scan.table),
    )
    const read = [...new Map(scanned.map((table) => [table.name, table])).values()]
    const sourceTables = read.filter(isTopicTable)
    const sources = sourceTables.map(topicOf)
    const sinks = plan.inserts
      .map((insert) => insert.table)
      .filter(isTopicTable)
      .map(topicOf)
    return {
      name,
      file,
      folder,
      text,
      plan,
      sourceTables,
      sources: [...new Set(sources)],
      sinks: [...new Set(sinks)],
    }
  } catch (cause) {
    if (!(cause instanceof SqlError)) throw cause
    if (cause.message === topicUnread) return undefined
    problems.push({
      file,
      line: cause.line,
      column: cause.column,
      message: cause.message,
      ...(cause.hint === undefined ? {} : { hint: cause.hint }),
    })
    return undefined
  }
}

/** The topic of a script's table. */
export function topicOf(table: { name: string; options: ReadonlyMap<string, string> }): string {
  return table.options.get('topic') ?? table.name
}
