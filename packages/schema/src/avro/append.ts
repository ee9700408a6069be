/**
 * What a newer schema changes in an older one other than to add fields with defaults. Both are
 * walked as text; what is no record must be the same.
 */
import { attribute, type SchemaJson } from './schema.js'

/** What is changed, one line a change, for canonical schemas. */
export function appendBreaks(newer: SchemaJson, older: SchemaJson): string[] {
  const breaks: string[] = []
  compare(newer, older, '', breaks)
  return breaks
}

type Field = { readonly name: string; readonly type: SchemaJson; readonly default?: unknown }

function compare(newer: SchemaJson, older: SchemaJson, path: string, breaks: string[]): void {
  const said = (what: string) => {
    breaks.push(path === '' ? what : `${path}: ${what}`)
  }
  if (Array.isArray(newer) && Array.isArray(older) && newer.length === older.length) {
    for (const [i, branch] of newer.entries()) compare(branch, older[i] ?? 'null', path, breaks)
    return
  }
  const fields = attribute(newer, 'fields')
  const before = attribute(older, 'fields')
  const sameKind = attribute(newer, 'type') === attribute(older, 'type')
  if (Array.isArray(fields) && Array.isArray(before) && sameKind) {
    if (attribute(newer, 'name') !== attribute(older, 'name')) said('the record has another name')
    compareFields(fields as Field[], before as Field[], path, breaks)
    return
  }
  for (const name of ['items', 'values']) {
    const inner = attribute(newer, name) as SchemaJson | undefined
    const was = attribute(older, name) as SchemaJson | undefined
    if (inner === undefined || was === undefined) continue
    compare(inner, was, `${path}[]`, breaks)
    return
  }
  if (JSON.stringify(newer) !== JSON.stringify(older)) said('the type may not change')
}

function compareFields(newer: Field[], older: Field[], path: string, breaks: string[]): void {
  const named = (name: string) => (path === '' ? name : `${path}.${name}`)
  const now = new Map(newer.map((field) => [field.name, field]))
  const then = new Set(older.map((field) => field.name))
  for (const field of older) {
    const found = now.get(field.name)
    if (found === undefined) breaks.push(`${named(field.name)}: the field may not go away`)
    else compare(found.type, field.type, named(field.name), breaks)
  }
  for (const field of newer) {
    if (then.has(field.name) || field.default !== undefined) continue
    breaks.push(`${named(field.name)}: the new field has no default`)
  }
}
