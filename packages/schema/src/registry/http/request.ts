/** What is read out of requests: bodies, flags, pages. */
import { registryErrors } from '../../errors.js'
import { versionMax } from '../../limits.js'
import type { Registration } from '../registration.js'
import type { JsonObject, SchemaReference } from '../schema-version.js'

/** The values of a query; a name that is given twice has a list. */
export type Query = Readonly<Record<string, string | string[] | undefined>>

/** A query's value; the first of several. */
export function text(query: Query, name: string): string | undefined {
  const value = query[name]
  return Array.isArray(value) ? value[0] : value
}

/** All values of a name in a query. */
export function texts(query: Query, name: string): string[] {
  return [query[name] ?? []].flat()
}

export function flag(query: Query, name: string): boolean {
  return text(query, name)?.toLowerCase() === 'true'
}

/** The part of a list that `offset` and `limit` ask for; a negative limit is none. */
export function page<T>(list: readonly T[], query: Query): T[] {
  const offset = whole(query, 'offset') ?? 0
  const limit = whole(query, 'limit') ?? -1
  if (offset < 0) throw registryErrors.notFound()
  return list.slice(offset, limit < 0 ? undefined : offset + limit)
}

function whole(query: Query, name: string): number | undefined {
  const value = text(query, name)
  if (value === undefined) return undefined
  if (!/^-?\d{1,9}$/.test(value)) throw registryErrors.notFound()
  return Number(value)
}

/** An id in a path; Confluent's registry does not know the path of another text. */
export function idOf(given: string): number {
  if (!/^\d{1,10}$/.test(given)) throw registryErrors.notFound()
  return Number(given)
}

/** A body that is a JSON object. */
export function objectOf(body: unknown): JsonObject {
  if (isObject(body)) return body
  throw registryErrors.unprocessable('The request must be a JSON object.')
}

/** A schema in a body. Members that are not known are let pass. */
export function registrationOf(body: unknown, query: Query = {}): Registration {
  if (!isObject(body)) {
    throw registryErrors.unprocessable('The request must be a JSON object with a "schema".')
  }
  const { schema, schemaType, references, metadata, ruleSet, id, version } = body
  // Without a text the latest version's is meant, with other metadata or rules.
  const isCopy = schema === undefined && (isObject(metadata) || isObject(ruleSet))
  if (typeof schema !== 'string' && !isCopy) {
    throw registryErrors.invalidSchema('"schema" must be a string that holds the schema')
  }
  if (typeof schemaType !== 'string' && schemaType !== undefined && schemaType !== null) {
    throw registryErrors.unprocessable('"schemaType" must be a string.')
  }
  if (isObject(ruleSet)) checkRules(ruleSet)
  return {
    schema: typeof schema === 'string' ? schema : '',
    ...(typeof schemaType === 'string' && { schemaType }),
    references: referencesOf(references),
    ...(isObject(metadata) && { metadata: withoutNulls(metadata) }),
    ...(isObject(ruleSet) && { ruleSet: withoutNulls(ruleSet) }),
    ...(isNumber('id', id) && id >= 0 && { id }),
    ...(isNumber('version', version) && { version }),
    normalize: flag(query, 'normalize'),
  }
}

/** Whether a number is given. Throws 422 for one that no id and no version can be. */
function isNumber(name: string, given: unknown): given is number {
  if (typeof given !== 'number') return false
  if (Number.isInteger(given) && Math.abs(given) <= versionMax) return true
  throw registryErrors.unprocessable(`"${name}" must be a whole number of up to ${versionMax}.`)
}

function referencesOf(given: unknown): SchemaReference[] {
  if (given === undefined || given === null) return []
  if (!Array.isArray(given)) throw registryErrors.unprocessable('"references" must be a list.')
  return given.map((each) => {
    const { name, subject, version } = isObject(each) ? each : {}
    if (typeof name === 'string' && typeof subject === 'string' && typeof version === 'number') {
      return { name, subject, version }
    }
    throw registryErrors.invalidSchema(
      'each of "references" must have a "name", a "subject" and a "version"',
    )
  })
}

/** Throws 42210 for rules that could not be told apart or applied. */
export function checkRules(ruleSet: JsonObject): void {
  for (const list of ['migrationRules', 'domainRules', 'encodingRules']) {
    const rules = ruleSet[list]
    if (!Array.isArray(rules)) continue
    const names = new Set<unknown>()
    for (const rule of rules) {
      const { name, type } = isObject(rule) ? rule : {}
      if (typeof name !== 'string' || name === '') {
        throw registryErrors.invalidRuleSet(`a rule in "${list}" has no name`)
      }
      if (names.has(name)) {
        throw registryErrors.invalidRuleSet(`Found rule with duplicate name '${name}'`)
      }
      if (typeof type !== 'string') {
        throw registryErrors.invalidRuleSet(`the rule '${name}' in "${list}" has no type`)
      }
      names.add(name)
    }
  }
}

/** Members with null are as if they were not there. */
function withoutNulls(json: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null))
}

function isObject(json: unknown): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
