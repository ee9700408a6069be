import type { DescField, DescMessage, FileRegistry } from '@bufbuild/protobuf'
import { isObject } from '../json/documents.js'

/**
 * A message in Protobuf's JSON form, without the fields that its type does not have, in messages
 * within it too. What is no such message comes back as it is: reading it says what is wrong. (The
 * library would drop unknown names of enums together with unknown fields, and those are values.)
 */
export function knownFields(message: DescMessage, value: unknown, registry: FileRegistry): unknown {
  // These have a JSON form of their own.
  if (!isObject(value) || message.typeName.startsWith('google.protobuf.')) return value
  const known = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
    const field = message.fields.find((each) => each.name === name || each.jsonName === name)
    if (field !== undefined) return [[name, knownIn(field, member, registry)]]
    const extension = registry.getExtension(name.replace(/^\[(.*)\]$/, '$1'))
    const isKnown = name.startsWith('[') && extension?.extendee.typeName === message.typeName
    return isKnown ? [[name, member]] : []
  })
  return Object.fromEntries(known)
}

function knownIn(field: DescField, member: unknown, registry: FileRegistry): unknown {
  const { message } = field
  if (message === undefined) return member
  const each = (item: unknown) => knownFields(message, item, registry)
  if (field.fieldKind === 'list') return Array.isArray(member) ? member.map(each) : member
  if (field.fieldKind !== 'map') return each(member)
  if (!isObject(member)) return member
  return Object.fromEntries(Object.entries(member).map(([key, item]) => [key, each(item)]))
}
