/**
 * Typed bindings: what a program has to know of a project's topics, as source code. The same
 * project gives the same bytes, whatever the machine and the day.
 */
import type { ProjectSchemas } from '../project-schemas.js'
import { goBindings } from './go.js'
import { javaBindings } from './java.js'
import { typescriptBindings } from './typescript.js'

/** A file of bindings; `path` has forward slashes. */
export interface BindingFile {
  path: string
  text: string
}

export interface BindingOptions {
  /** A semantic version, which the files carry. */
  release: string
  /** Name of the npm package, such as `@shop/events`. */
  packageName: string
}

/** What bindings are made of: topics with a schema, and the schemas that they use. */
export type BindingSource = Pick<ProjectSchemas, 'name' | 'schemas' | 'topics'>

export type Language = 'typescript' | 'java' | 'go'

/** Every language that bindings are written in, with what writes them. */
export const languages: Readonly<
  Record<Language, (source: BindingSource, options: BindingOptions) => BindingFile[]>
> = { typescript: typescriptBindings, java: javaBindings, go: goBindings }

export function isLanguage(name: string): name is Language {
  return Object.hasOwn(languages, name)
}
