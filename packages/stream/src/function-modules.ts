import { createRequire } from 'node:module'
import path from 'node:path'

/**
 * Finds the modules that CREATE FUNCTION names, relative to a folder: files of JavaScript, ES
 * modules or CommonJS, and of TypeScript where Node reads them by itself (22.18 and later). A module
 * is loaded once in a process, and may not wait (`await`) at its top level.
 */
export function modulesIn(folder: string): (module: string) => Readonly<Record<string, unknown>> {
  const base = path.join(path.resolve(folder), 'script.sql')
  const load = createRequire(base)
  return (module) => {
    const isFile = /^\.{0,2}\//.test(module)
    if (!isFile) throw new Error("the name of a file begins with './', as in './functions.js#name'")
    if (/\.[cm]?ts$/.test(module) && !readsTypeScript()) {
      throw new Error(
        'this Node reads no TypeScript: compile it to .js, or use Node 22.18 or newer',
      )
    }
    const exported: unknown = load(module)
    if (typeof exported === 'object' && exported !== null) return { ...exported }
    throw new Error('it exports nothing')
  }
}

function readsTypeScript(): boolean {
  return Boolean((process.features as { typescript?: unknown }).typescript)
}
