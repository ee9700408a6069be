import path from 'node:path'
import type { Disk } from '@millrace/host'
import type { ExternalCatalog } from '@millrace/stream/script'
import { controlErrors } from '../errors.js'
import { checkBecomes } from './becomes.js'
import { type Board, readBoard } from './board.js'
import { catalogsOf } from './catalogs.js'
import { mainCluster } from './cluster.js'
import { checkExceptionClusters } from './exception-clusters.js'
import { checkExceptions } from './exception-place.js'
import { type Manifest, manifestFile, readManifest } from './manifest.js'
import { type Mapping, readMapping } from './mapping.js'
import { type Pipeline, readPipeline, topicOf } from './pipeline.js'
import { planPipelines } from './pipelines.js'
import { type PipelineTest, readPipelineTest } from './pipelinetest.js'
import { type Problem, ProjectError } from './problem.js'
import { type SchemaFile, schemaEndings, schemaTypeOf } from './schema.js'
import { filesWithin, readSchemas } from './schema-folder.js'
import { checkSources, type KnownTopics } from './sources.js'
import { closest } from './spelling.js'
import { readTable, type TableFile } from './table.js'
import { readTopic, type TopicSpec } from './topic.js'

/** A project directory, read and found right. */
export interface Project {
  /** Absolute. */
  folder: string
  manifest: Manifest
  topics: TopicSpec[]
  /** By file. */
  schemas: SchemaFile[]
  /** The clusters, whose topics with schemas are tables of pipelines. */
  catalogs: readonly ExternalCatalog[]
  pipelines: Pipeline[]
  tests: PipelineTest[]
  tables: TableFile[]
  boards: Board[]
}

/** Where a project stores everything, when nobody says otherwise. */
export function dataFolderOf({ folder, manifest }: Pick<Project, 'folder' | 'manifest'>): string {
  return path.resolve(folder, manifest.data)
}

/** What each folder holds, by the ends of the files' names. */
const folders: Record<string, readonly string[]> = {
  schemas: schemaEndings,
  topics: ['.yaml'],
  pipelines: ['.sql', '.test.yaml'],
  tables: ['.yaml'],
  boards: ['.yaml'],
}

/**
 * Reads a project directory. Throws a `ControlError` where there is none, and one `ProjectError`
 * with everything that is wrong in it.
 */
export function loadProject(disk: Disk, folder: string): Project {
  const root = path.resolve(folder)
  const kind = disk.kind(root)
  if (kind === 'file') throw controlErrors.notAFolder(folder)
  if (kind === undefined) throw controlErrors.folderMissing(folder)
  if (!disk.exists(path.join(root, manifestFile))) throw controlErrors.notAProject(folder)

  const problems: Problem[] = []
  const files = new ProjectFiles(disk, root, problems)
  files.checkFolders()
  const { manifest, topics, schemas } = readTopics(files, problems)
  const unread = files.names('topics', '.yaml').filter((name) => {
    return topics.every((topic) => topic.name !== name)
  })
  const clusters = manifest?.clusters.map((cluster) => cluster.name) ?? []
  const scripts = files.list('pipelines', '.sql')
  const { pipelines: byFile, catalogs } = planPipelines(
    scripts,
    catalogsOf(clusters, topics, unread),
    (file, known, found) => {
      const name = path.posix.basename(file, '.sql')
      return readPipeline(name, root, file, files.text(file), known, found)
    },
    problems,
  )
  const pipelines = new Map(
    scripts.flatMap((file): [string, Pipeline][] => {
      const pipeline = byFile.get(file)
      return pipeline === undefined ? [] : [[path.posix.basename(file), pipeline]]
    }),
  )
  const scriptNames = scripts.map((file) => path.posix.basename(file))
  const tests = files
    .list('pipelines', '.test.yaml')
    .map((file) => {
      const yaml = files.mapping(file)
      return yaml && readPipelineTest(file, yaml, pipelines, scriptNames)
    })
    .filter((test) => test !== undefined)

  const planned = [...pipelines.values()]
  const known: KnownTopics = {
    ...knownTopics(files, topics, planned),
    complete: planned.length === scripts.length,
  }
  for (const pipeline of planned) checkSources(pipeline, known, problems)
  const outputs = outputColumns(planned)
  const tables = files.each('tables', '.yaml', (name, yaml) =>
    readTable(name, yaml, known, outputs),
  )
  const boards = files.each('boards', '.yaml', readBoard)

  if (manifest === undefined || problems.length > 0) throw new ProjectError(problems)
  return {
    folder: root,
    manifest,
    topics,
    schemas,
    catalogs,
    pipelines: planned,
    tests,
    tables,
    boards,
  }
}

/** What is known of a project without its pipelines. */
export type ProjectTopics = Pick<Project, 'manifest' | 'topics' | 'schemas'>

/** Reads the topics of a project alone. Throws one `ProjectError` with all that is wrong in them. */
export function loadTopics(disk: Disk, folder: string): ProjectTopics {
  const root = path.resolve(folder)
  const problems: Problem[] = []
  const { manifest, topics, schemas } = readTopics(new ProjectFiles(disk, root, problems), problems)
  if (manifest === undefined || problems.length > 0) throw new ProjectError(problems)
  return { manifest, topics, schemas }
}

function readTopics(
  files: ProjectFiles,
  problems: Problem[],
): { manifest: Manifest | undefined; topics: TopicSpec[]; schemas: SchemaFile[] } {
  const manifestYaml = files.mapping(manifestFile)
  const manifest = manifestYaml && readManifest(manifestYaml, files.folderName)
  const texts = new Map(
    files
      .within('schemas')
      .filter((file) => schemaTypeOf(file) !== undefined)
      .map((file): [string, string] => [file, files.text(`schemas/${file}`)]),
  )
  const schemas = readSchemas(texts, problems)
  const schemaFiles = [...texts.keys()]
  const clusters = manifest?.clusters.map((cluster) => cluster.name)
  const yamls = new Map<string, Mapping>()
  const topics = files.each('topics', '.yaml', (name, yaml) => {
    yamls.set(name, yaml)
    return readTopic(name, yaml, schemas, schemaFiles, clusters)
  })
  const names = files.names('topics', '.yaml')
  for (const topic of topics.filter(({ becomes }) => becomes !== undefined)) {
    checkBecomes(topic, yamls.get(topic.name)?.mapping('becomes'), topics, names)
  }
  checkExceptionClusters(topics, yamls)
  for (const topic of topics) checkExceptions(topic, yamls.get(topic.name), topics)
  return { manifest, topics, schemas: [...schemas.values()] }
}

/** Those that are declared, were it by a file that could not be read, and those that are written. */
function knownTopics(
  files: ProjectFiles,
  topics: readonly TopicSpec[],
  pipelines: readonly Pipeline[],
): Omit<KnownTopics, 'complete'> {
  const names = new Set(files.names('topics', '.yaml'))
  const schemas = new Map<string, SchemaFile>()
  const elsewhere = new Map<string, string>()
  for (const { name, exceptions, schema, cluster } of topics) {
    if (cluster !== mainCluster) elsewhere.set(name, cluster)
    if (exceptions !== undefined) names.add(exceptions)
    if (schema !== undefined) schemas.set(name, schema)
  }
  for (const topic of pipelines.flatMap((pipeline) => pipeline.sinks)) names.add(topic)
  return { names, schemas, elsewhere }
}

/** The columns of each topic that pipelines write. */
function outputColumns(pipelines: readonly Pipeline[]): Map<string, string[]> {
  const inserts = pipelines.flatMap((pipeline) => pipeline.plan.inserts)
  return new Map(
    inserts.map(({ table }) => [
      topicOf(table),
      table.columns.filter(({ hidden }) => hidden !== true).map((column) => column.name),
    ]),
  )
}

/** The files of one project. Paths are relative to its folder, with forward slashes. */
class ProjectFiles {
  readonly #disk: Disk
  readonly #root: string
  readonly #problems: Problem[]

  constructor(disk: Disk, root: string, problems: Problem[]) {
    this.#disk = disk
    this.#root = root
    this.#problems = problems
  }

  text(file: string): string {
    return this.#disk.readFile(path.join(this.#root, file)).toString('utf8')
  }

  mapping(file: string): Mapping | undefined {
    return readMapping(file, this.text(file), this.#problems)
  }

  get folderName(): string {
    return path.basename(this.#root)
  }

  /** Of the concepts of a folder, whether they can be read or not. */
  names(folder: string, ending: string): string[] {
    return this.list(folder, ending).map((file) => path.posix.basename(file, ending))
  }

  /** Those of a folder and of the folders in it, by their paths from there. */
  within(folder: string): string[] {
    return filesWithin(this.#disk, path.join(this.#root, folder))
  }

  list(folder: string, ending: string): string[] {
    return this.#namesIn(folder)
      .filter((name) => name.endsWith(ending) && name !== ending)
      .map((name) => `${folder}/${name}`)
  }

  /** One concept a file: its name is the file's. */
  each<Concept>(
    folder: string,
    ending: string,
    read: (name: string, yaml: Mapping) => Concept,
  ): Concept[] {
    return this.list(folder, ending).flatMap((file) => {
      const yaml = this.mapping(file)
      return yaml === undefined ? [] : [read(path.posix.basename(file, ending), yaml)]
    })
  }

  /** Finds misspelt folders and files that nothing would read. */
  checkFolders(): void {
    for (const name of this.#disk.list(this.#root)) {
      if (name in folders || name.startsWith('.')) continue
      if (this.#disk.kind(path.join(this.#root, name)) !== 'directory') continue
      const near = closest(name, Object.keys(folders))
      if (near === undefined) continue
      const hint = `Did you mean \`${near}\`?`
      this.#problems.push({ file: name, message: 'no folder of a project has this name', hint })
    }
    for (const [folder, endings] of Object.entries(folders)) {
      // Only schemas may lie in folders of their own.
      const names = folder === 'schemas' ? this.within(folder) : this.#namesIn(folder)
      for (const name of names) {
        if (name.startsWith('.') || endings.some((ending) => name.endsWith(ending))) continue
        if (folder === 'pipelines' && isModule(name)) continue
        const message = `a file in \`${folder}\` ends in ${endings.map((end) => `\`${end}\``).join(' or ')}`
        this.#problems.push({ file: `${folder}/${name}`, message, hint: 'Rename or move it.' })
      }
    }
  }

  #namesIn(folder: string): string[] {
    const place = path.join(this.#root, folder)
    return this.#disk.kind(place) === 'directory' ? this.#disk.list(place) : []
  }
}

/** May CREATE FUNCTION name it? */
function isModule(name: string): boolean {
  return /\.[cm]?[jt]s$/.test(name)
}
