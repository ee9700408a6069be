/**
 * Decoded values as plain objects with bare unions, however avsc holds them.
 *
 * avsc gives records a class of their own, and wraps the values of unions whose branches it
 * cannot tell apart. The first costs nothing to undo (the class borrows Object's prototype);
 * only schemas with such unions pay for a walk over the value.
 */
import type { Type, types } from 'avsc'

type Unwrap = (value: unknown) => unknown

/** What to do to each decoded value, or undefined when there is nothing to do. */
export function compilePlain(type: Type): Unwrap | undefined {
  const seen = new Set<Type>()
  makeRecordsPlain(type, seen)
  const ambiguous = [...seen].some((each) => each.typeName === 'union:wrapped')
  return ambiguous ? unwrapper(type, new Map()) : undefined
}

function makeRecordsPlain(type: Type, seen: Set<Type>): void {
  if (seen.has(type)) return
  seen.add(type)
  if (isRecord(type)) {
    type.recordConstructor.prototype = Object.prototype
  }
  for (const inner of innerTypes(type)) makeRecordsPlain(inner, seen)
}

function innerTypes(type: Type): Type[] {
  if (isRecord(type)) return type.fields.map((field) => field.type)
  if (isArray(type)) return [type.itemsType]
  if (isMap(type)) return [type.valuesType]
  return isUnion(type) ? [...type.types] : []
}

function unwrapper(type: Type, made: Map<Type, Unwrap>): Unwrap {
  const known = made.get(type)
  if (known !== undefined) return known
  let unwrap: Unwrap = (value) => value
  made.set(type, (value) => unwrap(value))
  if (isRecord(type)) {
    const fields = type.fields.map((field) => [field.name, unwrapper(field.type, made)] as const)
    unwrap = (value) => {
      const record = value as Record<string, unknown>
      for (const [name, inner] of fields) record[name] = inner(record[name])
      return record
    }
  } else if (isArray(type)) {
    const items = unwrapper(type.itemsType, made)
    unwrap = (value) => (value as unknown[]).map(items)
  } else if (isMap(type)) {
    const values = unwrapper(type.valuesType, made)
    unwrap = (value) => {
      const map = value as Record<string, unknown>
      for (const key of Object.keys(map)) map[key] = values(map[key])
      return map
    }
  } else if (type.typeName === 'union:wrapped' && isUnion(type)) {
    const branches = new Map(
      type.types.map((branch) => [branch.branchName ?? '', unwrapper(branch, made)]),
    )
    unwrap = (value) => {
      if (value === null) return null
      const [branch, inner] = Object.entries(value as object)[0] ?? ['', value]
      return branches.get(branch)?.(inner) ?? inner
    }
  } else if (isUnion(type)) {
    const records = type.types.map((branch) => unwrapper(branch, made))
    const structured = type.types.findIndex((branch) => isRecord(branch) || isMap(branch))
    const list = type.types.findIndex(isArray)
    unwrap = (value) => {
      if (Array.isArray(value)) return records[list]?.(value)
      const inner = typeof value === 'object' && value !== null && !Buffer.isBuffer(value)
      return inner ? records[structured]?.(value) : value
    }
  }
  return unwrap
}

function isRecord(type: Type): type is types.RecordType {
  return type.typeName === 'record' || type.typeName === 'error'
}

function isArray(type: Type): type is types.ArrayType {
  return type.typeName === 'array'
}

function isMap(type: Type): type is types.MapType {
  return type.typeName === 'map'
}

function isUnion(type: Type): type is types.WrappedUnionType {
  return type.typeName.startsWith('union:')
}
