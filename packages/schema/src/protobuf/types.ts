/**
 * The types that a file may use: its own, and those of the files that it imports. A name is
 * looked for from the innermost scope outwards, as Protobuf's compiler does.
 */
import { SchemaTextError } from '../schema-type.js'
import type { ProtoEnum, ProtoFile, ProtoMessage } from './syntax-tree.js'

export type ProtoType = { readonly fullName: string; readonly package: string } & (
  | { readonly kind: 'message'; readonly message: ProtoMessage }
  | { readonly kind: 'enum'; readonly enum: ProtoEnum }
)

export const scalarTypes = new Set([
  'double',
  'float',
  'int32',
  'int64',
  'uint32',
  'uint64',
  'sint32',
  'sint64',
  'fixed32',
  'fixed64',
  'sfixed32',
  'sfixed64',
  'bool',
  'string',
  'bytes',
])

export class Types {
  readonly #byName = new Map<string, ProtoType>()

  constructor(files: Iterable<ProtoFile>) {
    for (const file of files) {
      const scope = file.package ?? ''
      this.#add(file.messages, file.enums, scope, scope)
    }
  }

  #add(
    messages: readonly ProtoMessage[],
    enums: readonly ProtoEnum[],
    scope: string,
    inPackage: string,
  ): void {
    for (const message of messages) {
      const fullName = nested(scope, message.name)
      this.#byName.set(fullName, { kind: 'message', fullName, package: inPackage, message })
      this.#add(message.messages, message.enums, fullName, inPackage)
    }
    for (const each of enums) {
      const fullName = nested(scope, each.name)
      this.#byName.set(fullName, { kind: 'enum', fullName, package: inPackage, enum: each })
    }
  }

  /** The type that a name means within a scope; undefined when there is none. */
  find(name: string, scope: string): ProtoType | undefined {
    if (name.startsWith('.')) return this.#byName.get(name.slice(1))
    for (let at = scope; ; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
      const found = this.#byName.get(nested(at, name))
      if (found !== undefined) return found
      if (at === '') return undefined
    }
  }

  /** As `find`; throws a `SchemaTextError` when there is none. */
  get(name: string, scope: string): ProtoType {
    const found = this.find(name, scope)
    if (found === undefined) throw new SchemaTextError(`${scope}: the type ${name} is not known`)
    return found
  }
}

/** A name within a scope. */
export function nested(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`
}
