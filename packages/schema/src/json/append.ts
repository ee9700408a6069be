/** What a newer JSON schema changes other than to add properties that have a default. */
import { equal, found, type JsonBreak, type Side, within } from './comparison.js'
import { isObject } from './documents.js'

export function appendBreaks(older: Side, newer: Side): JsonBreak[] {
  const before = older.documents.target(older.node)
  const after = newer.documents.target(newer.node)
  if (equal(before.json, after.json)) return []
  if (!isObject(before.json) || !isObject(after.json)) {
    return [found('CHANGED', 'the schema may not change')]
  }
  const { properties: was, ...rest } = before.json
  const { properties: is, ...now } = after.json
  const breaks: JsonBreak[] = []
  for (const keyword of new Set([...Object.keys(rest), ...Object.keys(now)])) {
    if (['title', 'description', 'definitions', '$defs'].includes(keyword)) continue
    if (!equal(rest[keyword], now[keyword])) {
      breaks.push(found('CHANGED', `"${keyword}" may not change`))
    }
  }
  const [olds, news] = [isObject(was) ? was : {}, isObject(is) ? is : {}]
  for (const [name, schema] of Object.entries(olds)) {
    if (!Object.hasOwn(news, name)) {
      breaks.push(...within(name, [found('REMOVED', 'the property may not go away')]))
      continue
    }
    const deeper = appendBreaks(
      { ...older, node: older.documents.child(before, schema) },
      { ...newer, node: newer.documents.child(after, news[name]) },
    )
    breaks.push(...within(name, deeper))
  }
  for (const [name, schema] of Object.entries(news)) {
    if (Object.hasOwn(olds, name) || (isObject(schema) && 'default' in schema)) continue
    breaks.push(...within(name, [found('NO_DEFAULT', 'the new property has no default')]))
  }
  return breaks
}
