/**
 * What a project's schemas are held against: another folder, a revision of git, or a registry.
 */
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import type { Disk } from '@millrace/host'
import { RegistryClient, RegistryClientError } from '@millrace/schema/client'
import { isLevel, type ReferencedText } from '@millrace/schema/read'
import { controlErrors } from '../errors.js'
import { manifestFile } from '../project/manifest.js'
import { type Problem, ProjectError } from '../project/problem.js'
import { schemaTypeOf } from '../project/schema.js'
import { filesWithin, readSchemas } from '../project/schema-folder.js'
import { levelReasons } from './level-reasons.js'
import type { ProjectSchema } from './project-schemas.js'
import { registeredReferences } from './registration.js'

/** The older schema of a file, or of a subject where a registry keeps them. */
export interface Baseline {
  /** In words: `main~1`, `../other`, `the registry at http://…`. */
  readonly name: string
  /** What was there for a schema of the project: one, or one for each subject that it has. */
  older(schema: ProjectSchema, all: readonly ProjectSchema[]): Promise<OlderSchema[]>
  /** Schemas that the project has no more. */
  gone(schemas: readonly ProjectSchema[]): Promise<string[]>
}

export interface OlderSchema {
  /** Where a registry keeps it. */
  subject?: string
  /** Undefined where there is none yet. */
  schema: SchemaWithReferred | undefined
  /** What the registry says of the new one; undefined where that is for us to find out. */
  breaks?: string[]
  /** What that is about: `BACKWARD, version 3`. */
  by?: string
}

/** A schema with the texts of all that it refers to. */
export interface SchemaWithReferred {
  /** AVRO, JSON or PROTOBUF. */
  readonly type: string
  readonly text: string
  readonly referred: readonly ReferencedText[]
}

/** A folder: a project, or one that holds schemas. */
export function folderBaseline(disk: Disk, folder: string): Baseline {
  const root = path.resolve(folder)
  const isProject = disk.exists(path.join(root, manifestFile))
  const schemas = isProject ? path.join(root, 'schemas') : root
  return ofFiles(
    folder,
    filesWithin(disk, schemas),
    (file) => disk.readFile(path.join(schemas, file)).toString('utf8'),
    (file) => path.join(folder, isProject ? 'schemas' : '', file),
  )
}

/** A revision of the git repository that the project lies in. */
export function revisionBaseline(project: string, revision: string): Baseline {
  const git = (...args: string[]) => {
    try {
      const options = { cwd: project, stdio: ['ignore', 'pipe', 'pipe'] as const }
      return execFileSync('git', args, { ...options, stdio: [...options.stdio] }).toString('utf8')
    } catch (cause) {
      throw controlErrors.againstUnknown(revision, gitReason(cause))
    }
  }
  git('rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`)
  const files = git('ls-tree', '-r', '--name-only', '-z', revision, 'schemas/')
    .split('\0')
    .map((file) => path.posix.relative('schemas', file))
  return ofFiles(
    revision,
    files,
    (file) => git('show', `${revision}:./schemas/${file}`),
    (file) => `${revision}:schemas/${file}`,
  )
}

function ofFiles(
  name: string,
  all: readonly string[],
  read: (file: string) => string,
  pathOf: (file: string) => string,
): Baseline {
  const files = all.filter((file) => schemaTypeOf(file) !== undefined)
  const texts = new Map(files.map((file): [string, string] => [file, read(file)]))
  const problems: Problem[] = []
  const schemas = readSchemas(texts, problems, pathOf)
  return {
    name,
    older: async ({ file }) => {
      if (!texts.has(file)) return [{ schema: undefined }]
      const schema = schemas.get(file)
      // What is broken there matters where the project has a successor for it.
      if (schema === undefined) throw new ProjectError(problems)
      return [{ schema }]
    },
    gone: async (present) => files.filter((file) => present.every((each) => each.file !== file)),
  }
}

/** A registry: what each subject has now, and its own verdict on what would follow. */
export function registryBaseline(url: string): Baseline {
  const registry = new RegistryClient(url)
  const older = async (
    subject: string,
    schema: ProjectSchema,
    all: readonly ProjectSchema[],
  ): Promise<OlderSchema> => {
    const latest = await registry.latest(subject)
    if (latest === undefined) return { subject, schema: undefined }
    const complete = await registry.complete(latest)
    const found = {
      type: complete.schemaType,
      text: complete.schema,
      referred: complete.references,
    }
    const references = await registeredReferences(registry, schema, all)
    if (references === undefined) {
      return { subject, schema: found, breaks: await ownVerdict(registry, subject, schema) }
    }
    const { text, type } = schema
    const verdict = await registry.compatibility(subject, text, type, references)
    return { subject, schema: found, ...registryVerdict(verdict.messages) }
  }
  return {
    name: `the registry at ${url}`,
    older: (schema, all) =>
      asked(url, Promise.all(schema.subjects.map((subject) => older(subject, schema, all)))),
    // A registry keeps subjects of others; what is not the project's is not gone.
    gone: async () => [],
  }
}

/**
 * What breaks by the subject's level, found here: a registry cannot be asked of a schema that
 * refers to what it does not have yet.
 */
async function ownVerdict(
  registry: RegistryClient,
  subject: string,
  schema: ProjectSchema,
): Promise<string[]> {
  const level = await registry.level(subject)
  // A level that is not known here holds against everything.
  const known = isLevel(level) ? level : 'FULL_TRANSITIVE'
  const older: (SchemaWithReferred & { version: number })[] = []
  for (const version of await registry.versions(subject)) {
    const {
      schema: text,
      schemaType: type,
      references,
    } = await registry.complete(await registry.version(subject, version))
    older.push({ version, text, type, referred: references })
  }
  return levelReasons(known, schema, older)
}

/** A registry ends its reasons with lines that say by which level, and against which version. */
function registryVerdict(messages: readonly string[]): Pick<OlderSchema, 'breaks' | 'by'> {
  const breaks = messages.filter(
    (line) => !/^\{(oldSchema|validateFields|compatibility)/.test(line),
  )
  const all = messages.join('\n')
  const level = /compatibility: '(\w+)'/.exec(all)?.[1]
  const version = /oldSchemaVersion: (\d+)/.exec(all)?.[1]
  const by = [level, version && `version ${version}`].filter((part) => part).join(', ')
  return { breaks, ...(by !== '' && { by }) }
}

async function asked<Answer>(url: string, answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer
  } catch (cause) {
    if (!(cause instanceof RegistryClientError)) throw cause
    throw controlErrors.registryUnusable(url, cause.message)
  }
}

function gitReason(cause: unknown): string {
  const { code, stderr } = cause as NodeJS.ErrnoException & { stderr?: Buffer }
  if (code === 'ENOENT') return 'git is not installed'
  return stderr?.toString().trim().split('\n')[0] || 'git knows no such revision here'
}
