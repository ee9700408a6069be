import {
  type CreateFunction,
  type DropFunction,
  didYouMean,
  lastOf,
  type NamePath,
  SqlError,
} from '../sql/index.js'
import { aggregateNames, isUnsupportedAggregate } from './aggregate-functions.js'
import type { Catalogs } from './catalogs.js'
import { notThere } from './functions/not-there.js'
import { callableNames } from './functions.js'
import { reducedAggregateNames } from './reduced-aggregate.js'
import { declaredFunction, type LoadModule, type UserFunction } from './user-function.js'

/** A function that a script has declared. */
export interface DeclaredUserFunction {
  readonly temporary: boolean
  readonly system: boolean
  readonly definition: UserFunction
}

/**
 * The functions that a script has declared so far. Names know no case. Those of the system are
 * found wherever the script is, and before the others; temporary ones before those that last.
 */
export class FunctionCatalogue {
  readonly #catalogs: Catalogs
  readonly #load: LoadModule | undefined
  /** By the kind that DROP names, then by place and name. */
  readonly #functions = new Map<string, DeclaredUserFunction>()

  constructor(catalogs: Catalogs, load: LoadModule | undefined) {
    this.#catalogs = catalogs
    this.#load = load
  }

  get isEmpty(): boolean {
    return this.#functions.size === 0
  }

  /** Undefined where no function of the script has the name. */
  find(path: NamePath): DeclaredUserFunction | undefined {
    if (this.isEmpty || path.length > 3) return undefined
    const kinds = [
      { temporary: true, system: true },
      { temporary: true, system: false },
      { temporary: false, system: false },
    ]
    for (const kind of kinds) {
      if (kind.system && path.length > 1) continue
      const found = this.#functions.get(this.#keyOf(path, kind))
      if (found !== undefined) return found
    }
    return undefined
  }

  /** @throws SqlError where the name is taken, or the module has no such function. */
  create(statement: CreateFunction): void {
    const { temporary, system, name: path, ifNotExists } = statement
    const { text, at } = lastOf(path)
    const name = text.toUpperCase()
    if (isOfFlink(name)) {
      throw new SqlError(`${name} is a function of Flink`, at, 'give it another name')
    }
    const key = this.#keyOf(path, statement)
    if (this.#functions.has(key)) {
      if (ifNotExists) return
      throw new SqlError(`there is a function \`${text}\` already`, at, 'give it another name')
    }
    const definition = declaredFunction(statement, name, this.#load)
    this.#functions.set(key, { temporary, system, definition })
  }

  /** @throws SqlError where there is no such function. */
  drop(statement: DropFunction): void {
    const { name: path, ifExists, temporary, system } = statement
    if (this.#functions.delete(this.#keyOf(path, statement)) || ifExists) return
    const { text, at } = lastOf(path)
    const found = this.find(path)
    const kind = temporary ? `temporary ${system ? 'system ' : ''}function` : 'function'
    throw new SqlError(
      `there is no ${kind} \`${text}\``,
      at,
      found === undefined
        ? (didYouMean(text, this.names) ?? 'write DROP FUNCTION IF EXISTS')
        : `write DROP ${found.temporary ? 'TEMPORARY ' : ''}${found.system ? 'SYSTEM ' : ''}FUNCTION`,
    )
  }

  /** In small letters, as Flink shows them. */
  get names(): string[] {
    const names = [...this.#functions.values()].map(({ definition }) => definition.name)
    return [...new Set(names.map((name) => name.toLowerCase()))].sort()
  }

  #keyOf(path: NamePath, { temporary, system }: { temporary: boolean; system: boolean }): string {
    const name = lastOf(path).text.toLowerCase()
    if (system) return JSON.stringify(['system', name])
    const { catalog, database } = this.#catalogs.place(path.slice(0, -1))
    return JSON.stringify([temporary, catalog, database, name])
  }
}

/** Its own functions are found first in Flink, so that one of the same name could not be called. */
function isOfFlink(name: string): boolean {
  const aggregates = [...aggregateNames(), ...reducedAggregateNames()]
  return (
    [...callableNames(), ...windowFunctions, ...notThere.keys()].includes(name) ||
    aggregates.some((each) => each.toUpperCase() === name) ||
    isUnsupportedAggregate(name)
  )
}

const windowFunctions = [
  'TUMBLE',
  'HOP',
  'CUMULATE',
  'SESSION',
  'ROW_NUMBER',
  'RANK',
  'LAG',
  'LEAD',
]
