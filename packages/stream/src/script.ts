/**
 * From text to plan. Also the package's second door, `@millrace/stream/script`, for those who plan
 * and run nothing: the rest of the package loads DuckDB.
 */
export {
  declarationOfTopic,
  type RegisteredSchema,
  type TopicDescription,
} from './formats/topic-table.js'

import { optimize } from './optimize/optimize.js'
import { wantedCatalog } from './plan/catalog-options.js'
import { explain } from './plan/explain.js'
import { withChanges } from './plan/explain-changes.js'
import type { CreatedCatalog } from './plan/external-catalog.js'
import type { Plan } from './plan/plan.js'
import { textResult } from './plan/result-table.js'
import {
  type JobTask,
  type PlanOptions,
  planStatements,
  planTasks,
  type QueryTask,
  type ShowTask,
} from './plan/script.js'
import { parseScript } from './sql/index.js'

export { modulesIn } from './function-modules.js'
export { isTopicTable } from './plan/connector.js'
export {
  type CreatedCatalog,
  type ExternalCatalog,
  type ExternalTable,
  topicsDatabase,
} from './plan/external-catalog.js'
export { type PlanNode, scansOf } from './plan/node.js'
export type { Plan } from './plan/plan.js'
export type { ResultTable } from './plan/result-table.js'
export type { JobTask, QueryTask, ShowTask } from './plan/script.js'
export { declarationOfSink } from './plan/sink-declaration.js'
export { SqlError } from './sql/index.js'

/** What a script asks for: something to run, or something to show. */
export type Task = RunTask | ShowTask

/** Something to run. */
export type RunTask = JobTask | QueryTask

export interface ScriptOptions extends PlanOptions {
  /** The script's file, for messages. */
  readonly file?: string
}

/**
 * The clusters that a script creates catalogs of: what is in each has to be given to `planScript`.
 * @throws SqlError for the first that is wrong in the text, or in one of them.
 */
export function catalogsCreatedIn(text: string, file?: string): CreatedCatalog[] {
  return parseScript(text, file)
    .flatMap((statement) => (statement.kind === 'createCatalog' ? [wantedCatalog(statement)] : []))
    .filter(({ type }) => type === 'millrace')
}

/**
 * A script of Flink SQL as an optimized plan.
 * @throws SqlError for the first thing that is wrong in it.
 */
export function planScript(text: string, options: ScriptOptions = {}): Plan {
  return optimize(planStatements(parseScript(text, options.file), options))
}

/**
 * A script of Flink SQL as what it asks for, one thing after another, as a SQL client would do it.
 * @throws SqlError for the first thing that is wrong in it.
 */
export function planProgram(text: string, options: ScriptOptions = {}): Task[] {
  const tasks = planTasks(parseScript(text, options.file), options)
  return tasks.map((task): Task => {
    if (task.kind === 'show') return task
    const plan = optimize(task.plan)
    if (task.kind !== 'explain') return { ...task, plan }
    const shown = task.withChanges ? withChanges(plan) : plan
    const advice = task.advice.map((name) => `\n\nthe hint ${name} has no effect`)
    return { kind: 'show', result: textResult(`${explain(shown)}${advice.join('')}`) }
  })
}
