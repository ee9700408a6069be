/**
 * Objects. The content model of a schema is what it says of properties that it does not name:
 * open (anything), closed (none), partially open (what a schema allows). A property may go away
 * where the new model takes its old values; it may come where the old model let no other value
 * in under its name.
 */
import { type Comparison, found, type JsonBreak, type Side, within } from './comparison.js'
import { isObject } from './documents.js'
import { compareLimits } from './scalar-comparison.js'
import type { Keywords } from './shape.js'

export type ObjectSide = Side & { readonly keywords: Keywords }

export function compareObjects(
  comparison: Comparison,
  older: ObjectSide,
  newer: ObjectSide,
): JsonBreak[] {
  return [
    ...compareRequired(older.keywords, newer.keywords),
    ...compareProperties(comparison, older, newer),
    ...compareDependencies(comparison, older, newer),
    ...compareOthers(comparison, older, newer, 'additionalProperties'),
    ...compareOthers(comparison, older, newer, 'unevaluatedProperties'),
    ...compareLimits(older.keywords, newer.keywords, [
      { keyword: 'maxProperties', isUpper: true },
      { keyword: 'minProperties', isUpper: false },
    ]),
  ]
}

function compareRequired(before: Keywords, after: Keywords): JsonBreak[] {
  const [olds, news] = [propertiesOf(before), propertiesOf(after)]
  const required = new Set(listOf(before.required))
  return listOf(after.required)
    .filter((name) => !required.has(name))
    .filter((name) => {
      if (!(name in news)) return true
      // One that is new is judged with the properties.
      return name in olds && !hasDefault(news[name])
    })
    .flatMap((name) =>
      within(name, [
        found('REQUIRED_ATTRIBUTE_ADDED', 'the property is required now; older events may lack it'),
      ]),
    )
}

function compareProperties(
  comparison: Comparison,
  older: ObjectSide,
  newer: ObjectSide,
): JsonBreak[] {
  const [olds, news] = [propertiesOf(older.keywords), propertiesOf(newer.keywords)]
  const names = new Set([...Object.keys(olds), ...Object.keys(news)])
  return [...names].flatMap((name) => {
    const was = name in olds ? sideOf(older, olds[name]) : undefined
    const is = name in news ? sideOf(newer, news[name]) : undefined
    if (is === undefined && was) return within(name, compareRemoved(comparison, was, newer, name))
    if (was === undefined && is)
      return within(name, compareAdded(comparison, older, is, newer, name))
    return within(name, comparison.compare(was, is))
  })
}

function compareRemoved(
  comparison: Comparison,
  was: Side,
  newer: ObjectSide,
  name: string,
): JsonBreak[] {
  if (isOpen(newer.keywords)) return []
  const covering = partialSchema(comparison, newer, name)
  if (covering !== undefined) {
    const breaks = comparison.compare(was, covering)
    if (breaks.length === 0) return []
    const kind = 'PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL'
    return [
      ...breaks,
      found(kind, 'the property is gone, and what the new schema says of others does not fit it'),
    ]
  }
  if (was.node.json === false) return []
  const reason = 'the property is gone, and the new schema lets no others in'
  return [found('PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL', reason)]
}

function compareAdded(
  comparison: Comparison,
  older: ObjectSide,
  is: Side,
  newer: ObjectSide,
  name: string,
): JsonBreak[] {
  const isRequired = listOf(newer.keywords.required).includes(name)
  const { json } = is.documents.target(is.node)
  if (isOpen(older.keywords)) {
    if (json === true || (isObject(json) && comparison.compare(anything, is).length === 0))
      return []
    const kind = isRequired
      ? `REQUIRED_PROPERTY_${hasDefault(json) ? 'WITH_DEFAULT_' : ''}ADDED_TO_OPEN_CONTENT_MODEL`
      : 'OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL'
    const reason =
      'the property is new, and the old schema let any value in under its name (it has no ' +
      '"additionalProperties": false)'
    return [found(kind, reason)]
  }
  const breaks: JsonBreak[] = []
  const covering = partialSchema(comparison, older, name)
  if (covering !== undefined) {
    const inside = comparison.compare(covering, is)
    const kind = 'PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL'
    const reason = 'the property is new, and the old schema let other values in under its name'
    if (inside.length > 0) breaks.push(...inside, found(kind, reason))
  }
  if (isRequired && !hasDefault(json)) {
    const reason = 'the new property is required and has no default, and older events lack it'
    breaks.push(found('REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL', reason))
  }
  return breaks
}

const anything: Side = {
  node: { json: true, base: '' },
  documents: { target: (node) => node } as Side['documents'],
}

/** What the two say of properties that they do not name. */
function compareOthers(
  comparison: Comparison,
  older: ObjectSide,
  newer: ObjectSide,
  keyword: 'additionalProperties' | 'unevaluatedProperties',
): JsonBreak[] {
  const [was, is] = [older.keywords[keyword] ?? true, newer.keywords[keyword] ?? true]
  const name = keyword === 'additionalProperties' ? 'ADDITIONAL' : 'UNEVALUATED'
  if (isEverything(is) || was === false) return []
  if (is === false) {
    return [found(`${name}_PROPERTIES_REMOVED`, `${keyword} are not allowed any longer`)]
  }
  if (isEverything(was)) {
    return [found(`${name}_PROPERTIES_NARROWED`, `${keyword} of any kind were allowed`)]
  }
  return within('*', comparison.compare(sideOf(older, was), sideOf(newer, is)))
}

function compareDependencies(
  comparison: Comparison,
  older: ObjectSide,
  newer: ObjectSide,
): JsonBreak[] {
  const [olds, news] = [dependenciesOf(older.keywords), dependenciesOf(newer.keywords)]
  return Object.entries(news).flatMap(([name, is]) => {
    const was = olds[name]
    if (!Array.isArray(is)) {
      if (was !== undefined && !Array.isArray(was)) {
        return within(name, comparison.compare(sideOf(older, was), sideOf(newer, is)))
      }
      const reason = 'when the property is there, more must hold than before'
      return within(name, [found('DEPENDENCY_SCHEMA_ADDED', reason)])
    }
    const missing = is.filter((each) => !Array.isArray(was) || !was.includes(each))
    if (missing.length === 0) return []
    const kind = Array.isArray(was) ? 'DEPENDENCY_ARRAY_EXTENDED' : 'DEPENDENCY_ARRAY_ADDED'
    return within(name, [found(kind, `with the property ${missing.join(', ')} must be there, too`)])
  })
}

function dependenciesOf(keywords: Keywords): { [name: string]: unknown } {
  return Object.assign(
    {},
    ...['dependencies', 'dependentRequired', 'dependentSchemas'].map((each) => keywords[each]),
  )
}

/** Whether a property that is not named may have any value. */
function isOpen(keywords: Keywords): boolean {
  const { additionalProperties, unevaluatedProperties, patternProperties } = keywords
  if (isObject(patternProperties) && Object.keys(patternProperties).length > 0) return false
  return isEverything(additionalProperties ?? true) && isEverything(unevaluatedProperties ?? true)
}

/** The schema of a property that is not named; undefined where none may be there. */
function partialSchema(comparison: Comparison, side: ObjectSide, name: string): Side | undefined {
  const { additionalProperties, unevaluatedProperties, patternProperties } = side.keywords
  for (const [pattern, schema] of Object.entries(
    isObject(patternProperties) ? patternProperties : {},
  )) {
    if (comparison.matches(pattern, name)) return sideOf(side, schema)
  }
  const others = additionalProperties ?? unevaluatedProperties
  return isObject(others) && !isEverything(others) ? sideOf(side, others) : undefined
}

export function isEverything(schema: unknown): boolean {
  return schema === true || (isObject(schema) && Object.keys(schema).length === 0)
}

/** A part of a schema, on its side. */
export function sideOf(side: Side, json: unknown): Side {
  const { node, documents } = side
  return { documents, node: documents.child(node, json) }
}

function propertiesOf({ properties }: Keywords): { readonly [name: string]: unknown } {
  return Object.assign(Object.create(null), isObject(properties) ? properties : {})
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value : []
}

function hasDefault(schema: unknown): boolean {
  return isObject(schema) && 'default' in schema
}
