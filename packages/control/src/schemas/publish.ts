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
import { protoFiles } from './bindings/proto-files.js'
import { subjectOf } from './project-schemas.js'
import { type Registration, Registrations } from './registration.js'

/** Registers the schema of each topic, by name, each after those that it refers to. */
export async function registerAll(
  source: BindingSource,
  url: string,
): Promise<readonly Registration[]> {
  const registrations = new Registrations(new RegistryClient(url), source.schemas)
  for (const { topic, schema } of topicsOf(source)) {
    await registrations.register(subjectOf(topic), schema).catch((cause: Error) => {
      throw controlErrors.schemaRefused(`topics/${topic}.yaml`, schema.file, cause.message)
    })
  }
  return registrations.done
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
  const bindings = asked.flatMap((language) => {
    const files = languages[language](source, options)
    const written = files.map(({ path, text }) => ({
      path: `${language}/${path}`,
      content: Buffer.from(text),
    }))
    if (language !== 'typescript') return written
    const name = options.packageName.replace(/^@/, '').replace('/', '-')
    return [...written, { path: `${name}-${options.release}.tgz`, content: archive(files) }]
  })
  const protos = protoFiles(source).map(({ path, text }) => {
    return { path: `protobuf/${path}`, content: Buffer.from(text) }
  })
  return [...bindings, ...protos]
}
