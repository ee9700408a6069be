import { type Plan, type PlanNode, planScript, SqlError } from '@millrace/stream/script'
import type { Problem } from './problem.js'

/** `pipelines/*.sql`: a Flink SQL script, planned. */
export interface Pipeline {
  name: string
  /** Relative to the project's folder. */
  file: string
  text: string
  plan: Plan
  /** The topics it reads and writes. */
  sources: string[]
  sinks: string[]
}

/** Plans one script; undefined, with the problem told, where it cannot be planned. */
export function readPipeline(
  name: string,
  file: string,
  text: string,
  problems: Problem[],
): Pipeline | undefined {
  try {
    const plan = planScript(text, { file })
    const sources = plan.inserts.flatMap((insert) => scannedTopics(insert.input))
    const sinks = plan.inserts.map((insert) => topicOf(insert.table))
    return { name, file, text, plan, sources: [...new Set(sources)], sinks: [...new Set(sinks)] }
  } catch (cause) {
    if (!(cause instanceof SqlError)) throw cause
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

function scannedTopics(node: PlanNode): string[] {
  return node.kind === 'scan' ? [topicOf(node.table)] : scannedTopics(node.input)
}

function topicOf(table: { name: string; options: ReadonlyMap<string, string> }): string {
  return table.options.get('topic') ?? table.name
}
