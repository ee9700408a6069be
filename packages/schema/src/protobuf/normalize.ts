/**
 * A file in the form in which two files that mean the same are the same: names of types in full,
 * fields by number, imports and options by name. Messages keep their order.
 */
import type {
  ProtoEnum,
  ProtoField,
  ProtoFile,
  ProtoMessage,
  ProtoOption,
  ProtoRange,
} from './syntax-tree.js'
import { nested, scalarTypes, type Types } from './types.js'

export function normalized(file: ProtoFile, types: Types): ProtoFile {
  const scope = file.package ?? ''
  const full = (name: string, within: string) => `.${types.get(name, within).fullName}`

  const field = (each: ProtoField, within: string): ProtoField => ({
    ...each,
    type: scalarTypes.has(each.type) ? each.type : full(each.type, within),
    options: options(each.options),
  })
  const fields = (list: readonly ProtoField[], within: string) =>
    list.map((each) => field(each, within)).sort((a, b) => a.number - b.number)
  const message = (each: ProtoMessage, within: string): ProtoMessage => {
    const name = nested(within, each.name)
    const oneofs = each.oneofs
      .filter((oneof) => oneof.fields.length > 0)
      .map((oneof) => ({
        ...oneof,
        options: options(oneof.options),
        fields: fields(oneof.fields, name),
      }))
      .sort((a, b) => (a.fields[0]?.number ?? 0) - (b.fields[0]?.number ?? 0))
    return {
      ...each,
      reserved: reservedOnes(each.reserved),
      options: options(each.options),
      fields: fields(each.fields, name),
      oneofs,
      messages: each.messages.map((inner) => message(inner, name)),
      enums: each.enums.map(enumeration),
    }
  }
  const paths = new Map(file.imports.map((each) => [`${each.kind}${each.path}`, each]))
  return {
    ...file,
    syntax: file.syntax === 'proto3' ? 'proto3' : undefined,
    imports: [...paths.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
    options: options(file.options),
    messages: file.messages.map((each) => message(each, scope)),
    enums: file.enums.map(enumeration),
    services: file.services.map((service) => ({
      ...service,
      methods: service.methods.map((each) => ({
        ...each,
        input: full(each.input, scope),
        output: full(each.output, scope),
      })),
    })),
  }
}

function enumeration(each: ProtoEnum): ProtoEnum {
  const values = each.values.toSorted((a, b) => a.number - b.number || (a.name < b.name ? -1 : 1))
  return { ...each, reserved: reservedOnes(each.reserved), options: options(each.options), values }
}

/** One statement for each range and name: ranges by their start, then names. */
function reservedOnes(statements: ProtoMessage['reserved']): ProtoMessage['reserved'] {
  const start = (each: ProtoRange | string) => (typeof each === 'string' ? Infinity : each.start)
  const ones = statements.flat().sort((a, b) => {
    if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : 1
    return start(a) < start(b) ? -1 : 1
  })
  return ones.map((each) => [each])
}

function options(list: readonly ProtoOption[]): ProtoOption[] {
  return list.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}
