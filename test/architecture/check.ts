import path from 'node:path'
import {
  folderDoors,
  folderRules,
  outsideGlobals,
  outsideModules,
  packageRules,
  secondDoors,
} from './rules.js'
import type { Source } from './source.js'

/** Every breach of the rules, one clear line each, in the order of the sources. */
export function breaches(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const place = locate(source.path)
    if (place === undefined) return [`${source.path}: lies in no package`]
    if (packageRules[place.package] === undefined) {
      return [`${source.path}: package ${place.package} has no rule in test/architecture/rules.ts`]
    }
    return [
      ...source.imports.flatMap(({ name, line }) =>
        importBreach(source.path, place, name).map((why) => `${source.path}:${line}: ${why}`),
      ),
      ...source.globals.flatMap(({ name, line }) => {
        const allowed = outsideGlobals[name]
        if (allowed === undefined || allowed.includes(place.package)) return []
        return [`${source.path}:${line}: ${name} goes behind the back of @millrace/host`]
      }),
    ]
  })
}

interface Place {
  readonly package: string
  /** The folder directly below `src`, or undefined for a file in `src` itself. */
  readonly folder: string | undefined
}

function locate(file: string): Place | undefined {
  const match = /^(?:packages\/)?([^/]+)\/src\/(?:([^/]+)\/)?/.exec(file)
  return match === null ? undefined : { package: match[1] as string, folder: match[2] }
}

function importBreach(file: string, place: Place, name: string): string[] {
  if (name === '(computed)') return ['imports a module whose name is computed']
  if (name.startsWith('.')) {
    return relativeBreach(place, path.posix.join(path.posix.dirname(file), name))
  }
  if (name.startsWith('@millrace/')) return packageBreach(place, name.slice('@millrace/'.length))
  const builtin = outsideModules[name]
  if (builtin !== undefined && !builtin.includes(place.package)) {
    return [`imports ${name}, which only ${builtin.join(' and ')} may`]
  }
  return []
}

function packageBreach(place: Place, target: string): string[] {
  const [owner] = target.split('/')
  if (target.includes('/') && !secondDoors.includes(target)) {
    return [`imports @millrace/${target}: a path into another package, not its door`]
  }
  if (owner === place.package) return [`imports its own package by name`]
  if (!packageRules[place.package]?.includes(target)) {
    return [`${place.package} may not import @millrace/${target}`]
  }
  return []
}

function relativeBreach(place: Place, target: string): string[] {
  const other = locate(target)
  if (other?.package !== place.package) {
    return [`imports ${target}: a path out of its package`]
  }
  const rules = folderRules[place.package]
  if (rules === undefined || place.folder === undefined) return []
  if (other.folder === undefined) {
    return /\/src\/index\.[jt]s$/.test(target) ? ['imports its own package’s door'] : []
  }
  const allowed = rules[place.folder]
  if (allowed === undefined) {
    return [`folder ${place.package}/${place.folder} has no rule in test/architecture/rules.ts`]
  }
  if (other.folder === place.folder) return []
  const door = `${place.package}/${other.folder}`
  if (folderDoors.includes(door) && !/\/src\/[^/]+\/index\.[jt]s$/.test(target)) {
    return [`imports ${target} past the door of ${door}`]
  }
  if (allowed.includes(other.folder)) return []
  return [`${place.package}/${place.folder} may not import ${place.package}/${other.folder}`]
}
