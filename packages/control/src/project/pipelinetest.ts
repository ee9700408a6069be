import type { Mapping } from './mapping.js'
import type { Pipeline } from './pipeline.js'
import { suggestion } from './spelling.js'

type Rows = Record<string, unknown>[]

/** `pipelines/*.test.yaml`: given these rows, a pipeline gives those. */
export interface PipelineTest {
  file: string
  pipeline: Pipeline
  cases: PipelineCase[]
}

export interface PipelineCase {
  name: string
  line: number
  /** By table of the script. */
  given: Map<string, Rows>
  expect: Map<string, Rows>
}

/** Reads one file of cases; `pipelines` are those of the project, by file name. */
export function readPipelineTest(
  file: string,
  yaml: Mapping,
  pipelines: ReadonlyMap<string, Pipeline>,
  scripts: readonly string[],
): PipelineTest | undefined {
  const script = yaml.text('pipeline', { required: true })
  const cases = yaml.mappings('cases', { required: true }).map((each, index) => {
    const name = each.text('name') ?? `case ${index + 1}`
    const given = readTables(each, 'given')
    const expect = readTables(each, 'expect')
    each.end()
    return { name, line: each.position('name').line, given, expect }
  })
  yaml.end()
  if (script === undefined) return undefined
  const pipeline = pipelines.get(script)
  if (pipeline !== undefined) return { file, pipeline, cases }
  // A script that is there and could not be planned has been told already.
  if (!scripts.includes(script)) {
    const message = `there is no pipeline \`${script}\` in the folder \`pipelines\``
    yaml.problem('pipeline', message, suggestion(script, scripts))
  }
  return undefined
}

function readTables(yaml: Mapping, key: 'given' | 'expect'): Map<string, Rows> {
  const tables = yaml.mapping(key, { required: true })
  return new Map((tables?.keys() ?? []).map((table) => [table, tables?.rows(table) ?? []]))
}
