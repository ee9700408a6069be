/** Schemas into a registry, and bindings into files. */
import { RegistryClient } from '@millrace/schema/client'
import { controlErrors } from '../errors.js'
import { closest } from '../project/spelling.js'
import { archive } from './bindings/archive.js'
import {
  type BindingOptions,
  type BindingSource,
  isLanguage,
  type Language,
  languages,
} from './bindings/bindings.js'
import { topicsOf } from './bindings/names.js'

export interface Registered {
  subject: string
  topic: string
  id: number
  version: number
  /** It was not the newest version before. */
  isNew: boolean
}

/**
 * Registers the schema of each topic, by name. Each schema is complete in its file, so none has
 * to come before another.
 */
export async function registerAll(source: BindingSource, url: string): Promise<Registered[]> {
  const registry = new RegistryClient(url)
  const registered: Registered[] = []
  for (const { topic, schema } of topicsOf(source)) {
    const subject = `${topic}-value`
    const before = await registry.latest(subject)
    const id = await registry.register(subject, schema.text).catch((cause: Error) => {
      throw controlErrors.schemaRefused(`topics/${topic}.yaml`, schema.file, cause.message)
    })
    const after = await registry.latest(subject)
    const version = after?.version ?? 1
    registered.push({ subject, topic, id, version, isNew: version !== before?.version })
  }
  return registered
}

export interface AskedBindings extends BindingOptions {
  languages: Language[]
}

/** Reads the options of `schema publish`. Throws BAD_OPTION. */
export function readBindingOptions(
  project: string,
  given: { release: string; package?: string; language: string },
): AskedBindings {
  const { release, language } = given
  if (!/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/.test(release)) {
    throw controlErrors.badOption(`--release: \`${release}\` is no version like 1.4.0.`)
  }
  const scope =
    project
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'project'
  const packageName = given.package ?? `@${scope}/events`
  if (!/^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/.test(packageName)) {
    throw controlErrors.badOption(`--package: \`${packageName}\` is no name of an npm package.`)
  }
  const asked = language.split(',').map((each) => each.trim())
  const unknown = asked.find((each) => !isLanguage(each))
  if (unknown !== undefined) {
    const near = closest(unknown, Object.keys(languages))
    const hint = near === undefined ? 'Some of typescript, java, go.' : `Did you mean \`${near}\`?`
    throw controlErrors.badOption(`--language: nothing is written for \`${unknown}\`. ${hint}`)
  }
  return { release, packageName, languages: asked.filter(isLanguage) }
}

/** All files, relative to the folder of the bindings; npm's archive among them. */
export function bindingFiles(
  source: BindingSource,
  { languages: asked, ...options }: AskedBindings,
): { path: string; content: Buffer }[] {
  return asked.flatMap((language) => {
    const files = languages[language](source, options)
    const written = files.map(({ path, text }) => ({
      path: `${language}/${path}`,
      content: Buffer.from(text),
    }))
    if (language !== 'typescript') return written
    const name = options.packageName.replace(/^@/, '').replace('/', '-')
    return [...written, { path: `${name}-${options.release}.tgz`, content: archive(files) }]
  })
}
