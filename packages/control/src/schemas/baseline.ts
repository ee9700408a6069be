/**
 * What a project's schemas are held against: another folder, a revision of git, or a registry.
 */
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import type { Disk } from '@millrace/host'
import { RegistryClient, RegistryClientError } from '@millrace/schema/client'
import { controlErrors } from '../errors.js'
import { manifestFile } from '../project/manifest.js'
import type { ProjectSchema } from './project-schemas.js'

/** The older schema of a file, or of a topic where a registry keeps them. */
export interface Baseline {
  /** In words: `main~1`, `../other`, `the registry at http://…`. */
  readonly name: string
  /** Older texts for a schema of the project: one, or one for each topic that uses it. */
  older(schema: ProjectSchema): Promise<OlderSchema[]>
  /** Schemas that the project has no more. */
  gone(schemas: readonly ProjectSchema[]): Promise<string[]>
}

export interface OlderSchema {
  /** Where a registry keeps it. */
  subject?: string
  /** Undefined where there is none yet. */
  text: string | undefined
  /** AVRO where it is not said. */
  schemaType?: string
  /** What the registry says of the new one; undefined where that is for us to find out. */
  breaks?: string[]
}

/** A folder: a project, or one that holds `.avsc` files. */
export function folderBaseline(disk: Disk, folder: string): Baseline {
  const root = path.resolve(folder)
  const isProject = disk.exists(path.join(root, manifestFile))
  const schemas = isProject ? path.join(root, 'schemas') : root
  const files = disk.kind(schemas) === 'directory' ? disk.list(schemas) : []
  const avsc = files.filter((file) => file.endsWith('.avsc'))
  return ofFiles(folder, avsc, (file) => disk.readFile(path.join(schemas, file)).toString('utf8'))
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
  const files = git('ls-tree', '--name-only', revision, 'schemas/')
    .split('\n')
    .filter((file) => file.endsWith('.avsc'))
    .map((file) => path.posix.basename(file))
  return ofFiles(revision, files, (file) => git('show', `${revision}:./schemas/${file}`))
}

/** A registry: what each topic's subject has now, and its own verdict on what would follow. */
export function registryBaseline(url: string): Baseline {
  const registry = new RegistryClient(url)
  return {
    name: `the registry at ${url}`,
    older: (schema) =>
      Promise.all(
        schema.topics.map(async (topic): Promise<OlderSchema> => {
          const subject = `${topic}-value`
          const latest = await asked(url, registry.latest(subject))
          if (latest === undefined) return { subject, text: undefined }
          const verdict = await asked(url, registry.compatibility(subject, schema.text))
          const { schema: text, schemaType = 'AVRO' } = latest
          return { subject, text, schemaType, breaks: verdict.messages }
        }),
      ),
    // A registry keeps subjects of others; what is not the project's is not gone.
    gone: async () => [],
  }
}

function ofFiles(name: string, files: string[], read: (file: string) => string): Baseline {
  return {
    name,
    older: async ({ file }) => [{ text: files.includes(file) ? read(file) : undefined }],
    gone: async (schemas) => files.filter((file) => schemas.every((each) => each.file !== file)),
  }
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
