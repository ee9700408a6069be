import { createRequire } from 'node:module'
import path from 'node:path'
import { TypeScriptModules } from './typescript-module.js'

/**
 * Finds the modules that CREATE FUNCTION names, relative to a folder: files of JavaScript, ES
 * modules or CommonJS, and of TypeScript. A module is loaded once in a process, and may not wait
 * (`await`) at its top level.
 */
export function modulesIn(folder: string): (module: string) => Readonly<Record<string, unknown>> {
  const require = createRequire(path.join(path.resolve(folder), 'script.sql'))
  return (module) => {
    const isFile = /^\.{0,2}\//.test(module)
    if (!isFile) throw new Error("the name of a file begins with './', as in './functions.js#name'")
    const exported = placed(() =>
      TypeScriptModules.isOne(module) ? typescript.load(require.resolve(module)) : require(module),
    )
    if (typeof exported === 'object' && exported !== null) return { ...exported }
    throw new Error('it exports nothing')
  }
}

const typescript = new TypeScriptModules()

/** The message of what V8 cannot read says no place; its stack begins with it. */
function placed(load: () => unknown): unknown {
  try {
    return load()
  } catch (error) {
    const place = error instanceof SyntaxError && /^(.+):(\d+)$/m.exec(error.stack ?? '')
    if (!place) throw error
    const [, file = '', line] = place
    throw new Error(`${path.basename(file)}:${line}: ${error.message}`, { cause: error })
  }
}
