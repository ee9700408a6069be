import path from 'node:path'
import type { Disk } from '@millrace/host'
import { type Problem, ProjectError } from '../project/problem.js'
import { loadTopics } from '../project/project.js'
import { readSchema } from '../project/schema.js'
import type { TopicSpec } from '../project/topic.js'

/** A schema of a project, and who uses it. */
export interface ProjectSchema {
  /** Such as `order.avsc`, in the folder `schemas`. */
  file: string
  text: string
  /** Full name of what it describes. */
  name: string
  /** Topics whose events it describes, by name. */
  topics: string[]
}

export interface ProjectSchemas {
  /** Of the project. */
  name: string
  topics: TopicSpec[]
  /** By file. */
  schemas: ProjectSchema[]
}

/** The schemas of a project. Throws one `ProjectError` with all that is wrong in them. */
export function loadSchemas(disk: Disk, folder: string): ProjectSchemas {
  const { manifest, topics } = loadTopics(disk, folder)
  const root = path.resolve(folder, 'schemas')
  const files = disk.kind(root) === 'directory' ? disk.list(root) : []
  const problems: Problem[] = []
  const schemas = files
    .filter((file) => file.endsWith('.avsc'))
    .sort()
    .flatMap((file) => {
      const text = disk.readFile(path.join(root, file)).toString('utf8')
      const schema = readSchema({ file, path: `schemas/${file}` }, text, problems)
      const users = topics.filter((topic) => topic.schema?.file === file).map(({ name }) => name)
      return schema === undefined ? [] : [{ file, text, name: schema.name, topics: users.sort() }]
    })
  if (problems.length > 0) throw new ProjectError(problems)
  return { name: manifest.name, topics, schemas }
}
