/**
 * The GUID of a schema: the same wherever the same schema is registered, under whatever id.
 * Clients may put it into a record's header in place of the id in front of the value.
 *
 * It is the MD5 of the schema's parts one after another, as Confluent's registry takes it
 * (`Schema.updateHash` of its client), so that both know a schema by the same one.
 */
import { createHash, type Hash } from 'node:crypto'
import type { JsonObject, SchemaVersion } from './schema-version.js'

const known = new WeakMap<SchemaVersion, string>()

/** The GUID of a version's schema, as a UUID's text. */
export function guidOf(version: SchemaVersion): string {
  const found = known.get(version)
  if (found !== undefined) return found
  const hash = createHash('md5')
  hash.update(version.schema)
  for (const { name, subject, version: number } of version.references ?? []) {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(number)
    hash.update(name).update(subject).update(bytes)
  }
  if (version.metadata !== undefined) addMetadata(hash, version.metadata)
  if (version.ruleSet !== undefined) addRuleSet(hash, version.ruleSet)
  const guid = hash.digest('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  known.set(version, guid)
  return guid
}

/** Tells a part that is there, and says nothing, from one that is not. */
const there = Buffer.from([1])

function addMetadata(hash: Hash, { tags, properties, sensitive }: JsonObject): void {
  hash.update(there)
  for (const [key, values] of entries(tags)) {
    hash.update(key)
    addSorted(hash, values)
  }
  addPairs(hash, properties)
  addSorted(hash, sensitive)
}

function addRuleSet(hash: Hash, ruleSet: JsonObject): void {
  hash.update(there)
  for (const name of ['migrationRules', 'domainRules', 'encodingRules']) {
    for (const rule of listOf(ruleSet[name])) addRule(hash, rule as JsonObject)
  }
  addText(hash, ruleSet.enableAt)
}

function addRule(hash: Hash, rule: JsonObject): void {
  for (const name of ['name', 'doc', 'kind', 'mode', 'type']) addText(hash, rule[name])
  addSorted(hash, rule.tags)
  addPairs(hash, rule.params)
  for (const name of ['expr', 'onSuccess', 'onFailure']) addText(hash, rule[name])
}

function addPairs(hash: Hash, pairs: unknown): void {
  for (const [key, value] of entries(pairs)) {
    hash.update(key)
    addText(hash, value)
  }
}

function addSorted(hash: Hash, texts: unknown): void {
  for (const text of listOf(texts).map(String).sort()) hash.update(text)
}

function addText(hash: Hash, text: unknown): void {
  if (text !== undefined && text !== null) hash.update(String(text))
}

/** By name: Java keeps them in sorted maps. */
function entries(members: unknown): [string, unknown][] {
  return Object.entries((members ?? {}) as object).sort(([a], [b]) => (a < b ? -1 : 1))
}

function listOf(list: unknown): readonly unknown[] {
  return Array.isArray(list) ? list : []
}
