import type { Disk } from '@millrace/host'
import { loadTopics } from '../project/project.js'
import type { SchemaFile } from '../project/schema.js'
import type { TopicSpec } from '../project/topic.js'

/** A schema of a project, and who uses it. */
export interface ProjectSchema extends SchemaFile {
  /** Topics whose events it describes, by name. */
  topics: string[]
  /** Where a registry keeps it: for its topics, and for schemas of topics that refer to it. */
  subjects: string[]
}

export interface ProjectSchemas {
  /** Of the project. */
  name: string
  topics: TopicSpec[]
  /** By file. */
  schemas: ProjectSchema[]
}

/** The subject of a topic's values. */
export function subjectOf(topic: string): string {
  return `${topic}-value`
}

/** The schemas of a project. Throws one `ProjectError` with all that is wrong in them. */
export function loadSchemas(disk: Disk, folder: string): ProjectSchemas {
  const { manifest, topics, schemas } = loadTopics(disk, folder)
  return { name: manifest.name, topics, schemas: withUsers(schemas, topics) }
}

/** Schemas with the topics that use them, by file. */
export function withUsers(
  schemas: readonly SchemaFile[],
  topics: readonly TopicSpec[],
): ProjectSchema[] {
  const referred = referredFiles(schemas, topics)
  return schemas
    .map((schema): ProjectSchema => {
      const { file } = schema
      const users = topics.filter((topic) => topic.schema?.file === file).map(({ name }) => name)
      users.sort()
      const own = referred.has(file) ? [file] : []
      return { ...schema, topics: users, subjects: [...own, ...users.map(subjectOf)] }
    })
    .sort((a, b) => (a.file < b.file ? -1 : 1))
}

/** Files that schemas of topics refer to, directly or not: registered under their own names. */
function referredFiles(
  schemas: readonly SchemaFile[],
  topics: readonly TopicSpec[],
): ReadonlySet<string> {
  const byFile = new Map(schemas.map((schema) => [schema.file, schema]))
  const found = new Set<string>()
  const visit = (schema: SchemaFile | undefined) => {
    for (const { file } of schema?.references ?? []) {
      if (found.has(file)) continue
      found.add(file)
      visit(byFile.get(file))
    }
  }
  for (const { schema } of topics) visit(schema)
  return found
}
