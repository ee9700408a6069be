/**
 * A tree as a `FileDescriptorProto`, the form in which Protobuf's runtimes take a file. Options
 * that change the wire or JSON are carried over; custom ones are not.
 */
import type {
  DescriptorProto,
  FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProto,
} from '@bufbuild/protobuf/wkt'
import { SchemaTextError } from '../schema-type.js'
import { jsonNameOf } from './json-name.js'
import { unquoted } from './quoted-text.js'
import { protobuf, protobufTypes } from './runtime.js'
import {
  fieldNumberMax,
  type ProtoEnum,
  type ProtoField,
  type ProtoFile,
  type ProtoMessage,
  type ProtoOption,
} from './syntax-tree.js'
import { nested, scalarTypes, type Types } from './types.js'

/** Throws a `SchemaTextError` for a type that is not known and for names or numbers given twice. */
export function toDescriptor(file: ProtoFile, path: string, types: Types): FileDescriptorProto {
  const { create } = protobuf()
  const { FileDescriptorProtoSchema, ServiceDescriptorProtoSchema } = protobufTypes()
  const scope = file.package ?? ''
  const builder = new Builder(types, file.syntax === 'proto3')
  const publicImports = file.imports.flatMap(({ kind }, i) => (kind === 'public' ? [i] : []))
  return create(FileDescriptorProtoSchema, {
    name: path,
    ...(file.package !== undefined && { package: file.package }),
    ...(file.syntax === 'proto3' && { syntax: 'proto3' }),
    ...fileOptions(file.options),
    dependency: file.imports.map((each) => each.path),
    publicDependency: publicImports,
    messageType: file.messages.map((each) => builder.message(each, scope)),
    enumType: file.enums.map((each) => builder.enum(each)),
    extension: file.extends.flatMap(({ type, fields }) =>
      fields.map((field) => builder.extension(field, type, scope)),
    ),
    service: file.services.map(({ name, methods }) =>
      create(ServiceDescriptorProtoSchema, {
        name,
        method: methods.map((method) => ({
          name: method.name,
          inputType: `.${types.get(method.input, scope).fullName}`,
          outputType: `.${types.get(method.output, scope).fullName}`,
          clientStreaming: method.streamsInput,
          serverStreaming: method.streamsOutput,
        })),
      }),
    ),
  })
}

/** Options that generators of code read, which clients take out of descriptors. */
function fileOptions(options: readonly ProtoOption[]) {
  const known = {
    javaPackage: optionOf(options, 'java_package'),
    javaOuterClassname: optionOf(options, 'java_outer_classname'),
    goPackage: optionOf(options, 'go_package'),
    objcClassPrefix: optionOf(options, 'objc_class_prefix'),
    csharpNamespace: optionOf(options, 'csharp_namespace'),
  }
  const entries = Object.entries(known).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, unquoted(value)]],
  )
  const hasMany = optionOf(options, 'java_multiple_files') === 'true'
  if (entries.length === 0 && !hasMany) return {}
  const given = { ...Object.fromEntries(entries), ...(hasMany && { javaMultipleFiles: true }) }
  return { options: protobuf().create(protobufTypes().FileOptionsSchema, given) }
}

class Builder {
  readonly #types: Types
  readonly #isProto3: boolean

  constructor(types: Types, isProto3: boolean) {
    this.#types = types
    this.#isProto3 = isProto3
  }

  message(message: ProtoMessage, scope: string): DescriptorProto {
    const fullName = nested(scope, message.name)
    const made = protobuf().create(protobufTypes().DescriptorProtoSchema, { name: message.name })
    const add = (field: ProtoField, oneofIndex?: number) => {
      const { descriptor, entry } = this.#field(field, fullName)
      if (oneofIndex !== undefined) descriptor.oneofIndex = oneofIndex
      made.field.push(descriptor)
      if (entry) made.nestedType.push(entry)
    }
    for (const each of message.messages) made.nestedType.push(this.message(each, fullName))
    for (const field of message.fields) add(field)
    for (const [i, oneof] of message.oneofs.entries()) {
      made.oneofDecl.push({ $typeName: 'google.protobuf.OneofDescriptorProto', name: oneof.name })
      for (const field of oneof.fields) add(field, i)
    }
    // An optional field of proto3 is a oneof of its own; these come after the written ones.
    for (const field of made.field.filter((each) => each.proto3Optional)) {
      field.oneofIndex = made.oneofDecl.length
      const name = `_${field.name}`
      made.oneofDecl.push({ $typeName: 'google.protobuf.OneofDescriptorProto', name })
    }
    made.field.sort((a, b) => a.number - b.number)
    made.enumType = message.enums.map((each) => this.enum(each))
    made.extension = message.extends.flatMap(({ type, fields }) =>
      fields.map((field) => this.extension(field, type, fullName)),
    )
    for (const each of message.reserved.flat()) {
      if (typeof each === 'string') made.reservedName.push(each)
      else
        made.reservedRange.push({
          ...range(each),
          $typeName: 'google.protobuf.DescriptorProto.ReservedRange',
        })
    }
    for (const each of message.extensions.flatMap(({ ranges }) => ranges)) {
      made.extensionRange.push({
        ...range(each),
        $typeName: 'google.protobuf.DescriptorProto.ExtensionRange',
      })
    }
    checkFields(made, fullName)
    return made
  }

  #field(field: ProtoField, scope: string) {
    if (field.mapKey === undefined) return { descriptor: this.#plainField(field, scope) }
    const { create } = protobuf()
    const types = protobufTypes()
    const name = `${pascal(field.name)}Entry`
    const member = (of: string, type: string, number: number) =>
      this.#plainField(
        { label: 'optional', type, mapKey: undefined, name: of, number, options: [] },
        scope,
        false,
      )
    const entry = create(types.DescriptorProtoSchema, {
      name,
      field: [member('key', field.mapKey, 1), member('value', field.type, 2)],
      options: { mapEntry: true },
    })
    const descriptor = create(types.FieldDescriptorProtoSchema, {
      name: field.name,
      number: field.number,
      label: types.FieldDescriptorProto_Label.REPEATED,
      jsonName: jsonNameOf(field.name),
      type: types.FieldDescriptorProto_Type.MESSAGE,
      typeName: `.${nested(scope, name)}`,
    })
    return { descriptor, entry }
  }

  #plainField(field: ProtoField, scope: string, isWritten = true): FieldDescriptorProto {
    const { label, type, name, number, options } = field
    if (this.#isProto3 && label === 'required') {
      throw new SchemaTextError(`${scope}.${name}: proto3 has no required fields`)
    }
    const { create } = protobuf()
    const { FieldDescriptorProtoSchema, FieldOptionsSchema } = protobufTypes()
    const made = create(FieldDescriptorProtoSchema, { name, number, label: labelOf(label) })
    if (scalarTypes.has(type)) made.type = typeOf(type)
    else {
      const found = this.#types.get(type, scope)
      made.type = typeOf(found.kind === 'enum' ? 'enum' : 'message')
      made.typeName = `.${found.fullName}`
    }
    if (this.#isProto3 && label === 'optional' && isWritten) made.proto3Optional = true
    const packed = optionOf(options, 'packed')
    const isDeprecated = optionOf(options, 'deprecated') === 'true'
    if (packed !== undefined || isDeprecated) {
      made.options = create(FieldOptionsSchema, {
        ...(packed !== undefined && { packed: packed === 'true' }),
        ...(isDeprecated && { deprecated: true }),
      })
    }
    const jsonName = optionOf(options, 'json_name')
    made.jsonName = jsonName === undefined ? jsonNameOf(name) : unquoted(jsonName)
    const byDefault = optionOf(options, 'default')
    if (byDefault !== undefined) made.defaultValue = unquoted(byDefault)
    return made
  }

  extension(field: ProtoField, extendee: string, scope: string): FieldDescriptorProto {
    const made = this.#plainField(field, scope, false)
    made.extendee = `.${this.#types.get(extendee, scope).fullName}`
    return made
  }

  enum({ name, options, values, reserved }: ProtoEnum) {
    const first = values[0]
    if (first === undefined) throw new SchemaTextError(`${name}: an enum needs a value`)
    if (this.#isProto3 && first.number !== 0) {
      throw new SchemaTextError(`${name}: the first value of an enum must be 0 in proto3`)
    }
    const allowsAlias = optionOf(options, 'allow_alias') === 'true'
    if (!allowsAlias)
      refuseTwice(
        values.map((each) => each.number),
        `${name}: the number`,
      )
    refuseTwice(
      values.map((each) => each.name),
      `${name}: the name`,
    )
    return protobuf().create(protobufTypes().EnumDescriptorProtoSchema, {
      name,
      value: values.map((each) => ({ name: each.name, number: each.number })),
      reservedName: reserved.flat().filter((each) => typeof each === 'string'),
      reservedRange: reserved.flat().filter((each) => typeof each !== 'string'),
      ...(allowsAlias && { options: { allowAlias: true } }),
    })
  }
}

/** Protobuf's own limits on the numbers of fields. */
function checkFields(
  { field: fields, reservedName, reservedRange }: DescriptorProto,
  scope: string,
): void {
  refuseTwice(
    fields.map(({ number }) => number),
    `${scope}: the number`,
  )
  refuseTwice(
    fields.map(({ name }) => name),
    `${scope}: the name`,
  )
  for (const { name, number } of fields) {
    const isKept = number >= 19_000 && number <= 19_999
    if (number < 1 || number > fieldNumberMax || isKept) {
      throw new SchemaTextError(`${scope}.${name}: the number ${number} is not for fields`)
    }
    const isReserved = reservedRange.some((each) => number >= each.start && number < each.end)
    if (isReserved || reservedName.includes(name)) {
      throw new SchemaTextError(`${scope}.${name}: its number or its name is reserved`)
    }
  }
}

function refuseTwice(list: readonly (string | number)[], what: string): void {
  const twice = list.find((each, i) => list.indexOf(each) !== i)
  if (twice !== undefined) throw new SchemaTextError(`${what} ${twice} is there twice`)
}

function range({ start, end }: { start: number; end: number }) {
  return { start, end: end + 1 }
}

function labelOf(label: ProtoField['label']): FieldDescriptorProto_Label {
  const { FieldDescriptorProto_Label: Label } = protobufTypes()
  if (label === 'repeated') return Label.REPEATED
  return label === 'required' ? Label.REQUIRED : Label.OPTIONAL
}

/** The descriptor's name of a kind of type: `int32`, `message`. */
function typeOf(kind: string): FieldDescriptorProto_Type {
  const { FieldDescriptorProto_Type: Type } = protobufTypes()
  return Type[kind.toUpperCase() as keyof typeof Type]
}

export function optionOf(options: readonly ProtoOption[], name: string): string | undefined {
  return options.find((each) => each.name === name)?.value
}

function pascal(name: string): string {
  return name
    .split('_')
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join('')
}
