import path from 'node:path'
import { neededTopics } from '../project/needed-topics.js'
import type { Platform } from '../supervise/platform.js'
import { programName, projectArgument } from './invocation.js'
import { terminal } from './terminal.js'

/** The first lines of `up` and `demo`: what runs, on which ports, what to try next. */
export function greeting(platform: Platform): string {
  const { project, ports } = platform
  const { style } = terminal
  const rows: [string, string][] = [
    ['Console', style('cyan', platform.url('console'))],
    ['Gateway', `${platform.url('gateway')}  POST /topics/NAME`],
    ['SQL', `${platform.url('query')}  POST /sql`],
    ['Registry', platform.url('registry')],
    ['Kafka', `127.0.0.1:${ports.kafka}`],
    ...Object.entries(ports.clusters).map(([name, port]): [string, string] => [
      '',
      `127.0.0.1:${port}  cluster ${name}`,
    ]),
    ['Topics', listOr(neededTopics(project).map((topic) => topic.name))],
    ['Pipelines', listOr(project.pipelines.map((pipeline) => pipeline.name))],
    ['Tables', listOr(project.tables.map((table) => table.name))],
  ]
  const lines = rows.map(([name, what]) => `  ${name.padEnd(9)}  ${what}`)
  const title = style('bold', `${project.manifest.name} is running.`)
  return [title, '', ...lines, '', ...tryNext(platform), ''].join('\n')
}

function tryNext({ project, dataFolder }: Platform): string[] {
  // Other commands look for the platform in the project, unless its data lies elsewhere.
  const usual = path.resolve(project.folder, project.manifest.data)
  const inside = dataFolder.startsWith(usual)
  const place = inside ? project.folder : dataFolder
  const where = projectArgument(place)
  const calls: string[] = []
  const input = project.topics.find((topic) => topic.schema !== undefined)
  if (input !== undefined) calls.push(`tail${where} ${input.name}`)
  const table = project.tables[0]
  if (table !== undefined) calls.push(`sql${where} "SELECT * FROM ${table.name} LIMIT 10"`)
  calls.push(project.pipelines.length > 0 ? `jobs${where}` : `topics${where}`)
  return ['Try in another terminal:', ...calls.map((call) => `  ${programName()} ${call}`)]
}

function listOr(names: readonly string[]): string {
  return names.length === 0 ? 'none yet' : names.join(', ')
}
