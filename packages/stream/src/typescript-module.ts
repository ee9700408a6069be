import { createRequire } from 'node:module'
import path from 'node:path'
import { compileFunction } from 'node:vm'
import { realHost } from '@millrace/host'
import type { Options } from 'sucrase'

/**
 * Modules of TypeScript, on every Node. Types are taken away and not checked; every line stays where
 * it was, so that an error shows the file's own. Imports are turned into `require`, which is how a
 * module comes without waiting: one of TypeScript is compiled here too, any other is Node's.
 */
export class TypeScriptModules {
  private readonly loaded = new Map<string, Exports>()

  static isOne(file: string): boolean {
    return /\.[cm]?ts$/.test(file)
  }

  /**
   * What the module in a file exports, loaded once. Modules that import each other in a circle see
   * what is there of each other so far.
   * @throws Error for what is no TypeScript, with its line; and what the module itself throws.
   */
  load(file: string): Exports {
    const before = this.loaded.get(file)
    if (before !== undefined) return before
    const code = compiled(realHost.disk.readFile(file).toString(), file)
    const run = compileFunction(code, ['exports', 'require', 'module', '__filename', '__dirname'], {
      filename: file,
    })
    const module = { exports: {} as Exports }
    this.loaded.set(file, module.exports)
    try {
      const scope = [module.exports, this.requireFrom(file), module, file, path.dirname(file)]
      Reflect.apply(run, module.exports, scope)
    } catch (error) {
      this.loaded.delete(file)
      throw error
    }
    this.loaded.set(file, module.exports)
    return module.exports
  }

  private requireFrom(file: string): (module: string) => unknown {
    const require = createRequire(file)
    return (module) => {
      const isFile = /^\.{0,2}\//.test(module) && TypeScriptModules.isOne(module)
      return isFile ? this.load(require.resolve(module)) : require(module)
    }
  }
}

export type Exports = Readonly<Record<string, unknown>>

/** Loaded when there is a module to read: most scripts have none. */
function sucrase(): typeof import('sucrase') {
  return createRequire(import.meta.url)('sucrase')
}

const options: Options = {
  transforms: ['typescript', 'imports'],
  disableESTransforms: true,
}

function compiled(source: string, file: string): string {
  const line = lineOfNamespace(source)
  if (line !== undefined) {
    throw new Error(
      `${path.basename(file)}:${line}: a namespace is not supported, export what is in it from a module of its own`,
    )
  }
  try {
    return sucrase().transform(source, options).code
  } catch (error) {
    if (!isSyntaxError(error)) throw error
    const { line, column } = error.loc
    const what = error.message.replace(/^Error transforming.*?: | \(\d+:\d+\)$/g, '')
    throw new Error(`${path.basename(file)}:${line}:${column}: ${what}`, { cause: error })
  }
}

interface PlacedError extends Error {
  /** Both count from 1. */
  readonly loc: { readonly line: number; readonly column: number }
}

function isSyntaxError(error: unknown): error is PlacedError {
  return error instanceof Error && 'loc' in error
}

/**
 * The line of the first namespace: sucrase takes one away as if it were nothing but types. Of the
 * tokens that it lists (a line each: `1:8-1:17 name namespace 23 0 isType …`) three in a row are one.
 */
function lineOfNamespace(source: string): string | undefined {
  if (!/\b(namespace|module)\b/.test(source)) return undefined
  let tokens: readonly string[]
  try {
    tokens = sucrase().getFormattedTokens(source, options).split('\n')
  } catch {
    return undefined // `transform` says what is wrong
  }
  const begins = (index: number): boolean => {
    return (
      /^\S+ +name +(namespace|module) .*\bisType\b/.test(tokens[index] ?? '') &&
      /^\S+ +(name|string) /.test(tokens[index + 1] ?? '') &&
      !/^\S+ +declare /.test(tokens[index - 1] ?? '')
    )
  }
  return tokens.find((_, index) => begins(index))?.split(':', 1)[0]
}
