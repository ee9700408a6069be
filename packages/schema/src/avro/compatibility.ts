/**
 * Whether a new schema reads what an older one wrote: Avro's schema resolution, as avsc's
 * resolver decides it, and the place where it breaks in words.
 */
import type { Type, types } from 'avsc'
import { type Refusal, refusalText } from '../codec.js'

/** Why `reader` cannot read what was written with `writer`; none when it can. */
export function backwardBreaks(reader: Type, writer: Type): string[] {
  const breaks: Refusal[] = []
  findBreaks(reader, writer, '', new Set(), breaks)
  return breaks.map(refusalText)
}

function findBreaks(
  reader: Type,
  writer: Type,
  field: string,
  seen: Set<string>,
  breaks: Refusal[],
): void {
  const why = resolves(reader, writer)
  if (why === undefined) return

  const pair = `${reader.name} ${writer.name}`
  if (reader.name !== undefined && seen.has(pair)) return
  const within = new Set(seen).add(pair)
  const before = breaks.length
  const deeper = (r: Type, w: Type, step: string) =>
    findBreaks(r, w, joined(field, step), within, breaks)

  if (isRecord(reader) && isRecord(writer)) {
    for (const each of reader.fields) {
      const names = [each.name, ...each.aliases]
      const written = writer.fields.find((candidate) => names.includes(candidate.name))
      if (written !== undefined) {
        deeper(each.type, written.type, each.name)
      } else if (each.defaultValue() === undefined) {
        const reason = 'the new field has no default, and older events do not have it'
        breaks.push({ field: joined(field, each.name), reason })
      }
    }
  } else if (reader.typeName === 'array' && writer.typeName === 'array') {
    deeper((reader as types.ArrayType).itemsType, (writer as types.ArrayType).itemsType, '[]')
  } else if (reader.typeName === 'map' && writer.typeName === 'map') {
    deeper((reader as types.MapType).valuesType, (writer as types.MapType).valuesType, '[]')
  } else if (reader.typeName === 'enum' && writer.typeName === 'enum') {
    const known = new Set((reader as types.EnumType).symbols)
    const gone = (writer as types.EnumType).symbols.filter((symbol) => !known.has(symbol))
    if (gone.length > 0) {
      const reason = `older events may hold ${gone.join(', ')}, which the new enum does not have`
      breaks.push({ field, reason })
    }
  } else if (isUnion(writer)) {
    for (const branch of writer.types) {
      if (resolves(reader, branch) !== undefined) {
        const reason = `older events may hold ${title(branch)}, which ${title(reader)} does not read`
        breaks.push({ field, reason })
      }
    }
  }
  if (breaks.length > before) return
  const sameTitle = title(reader) === title(writer)
  const reason = sameTitle
    ? why
    : `${title(writer)} became ${title(reader)}, which does not read it`
  breaks.push({ field, reason })
}

/** Why avsc cannot resolve the two, or undefined when it can. */
function resolves(reader: Type, writer: Type): string | undefined {
  try {
    reader.createResolver(writer)
    return undefined
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause)
  }
}

function title(type: Type): string {
  if (isUnion(type)) return type.types.map(title).join(' or ')
  return type.name === undefined || type.name === type.typeName
    ? type.typeName
    : `${type.typeName} ${type.name}`
}

function joined(field: string, step: string): string {
  return field === '' || step.startsWith('[') ? `${field}${step}` : `${field}.${step}`
}

function isRecord(type: Type): type is types.RecordType {
  return type.typeName === 'record' || type.typeName === 'error'
}

function isUnion(type: Type): type is types.WrappedUnionType {
  return type.typeName.startsWith('union:')
}
