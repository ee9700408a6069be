/**
 * A `FileDescriptorProto` as a tree: Confluent's clients send schemas so, and Protobuf's own
 * files are there so. Custom options are not in reach and are left out.
 */
import type {
  DescriptorProto,
  EnumDescriptorProto,
  FieldDescriptorProto,
  FileDescriptorProto,
} from '@bufbuild/protobuf/wkt'
import { schemaDepthMax } from '../limits.js'
import { SchemaTextError } from '../schema-type.js'
import { jsonNameOf } from './json-name.js'
import { protobufTypes } from './runtime.js'
import type {
  ProtoEnum,
  ProtoExtend,
  ProtoField,
  ProtoFile,
  ProtoMessage,
  ProtoOption,
} from './syntax-tree.js'

export function fromDescriptor(file: FileDescriptorProto): ProtoFile {
  const isProto3 = file.syntax === 'proto3'
  return {
    syntax: isProto3 ? 'proto3' : 'proto2',
    package: file.package === '' ? undefined : file.package,
    imports: file.dependency.map((path, i) => ({
      path,
      kind: file.publicDependency.includes(i) ? 'public' : undefined,
    })),
    options: fileOptions(file),
    messages: file.messageType.map((each) => toMessage(each, isProto3)),
    enums: file.enumType.map(toEnum),
    extends: toExtends(file.extension, isProto3),
    services: file.service.map(({ name, method }) => ({
      name,
      options: [],
      methods: method.map((each) => ({
        name: each.name,
        input: each.inputType,
        output: each.outputType,
        streamsInput: each.clientStreaming,
        streamsOutput: each.serverStreaming,
        options: [],
      })),
    })),
  }
}

function fileOptions({ options }: FileDescriptorProto): ProtoOption[] {
  if (options === undefined) return []
  const text = (name: string, value: string) =>
    value === '' ? [] : [{ name, value: JSON.stringify(value) }]
  return [
    ...text('java_package', options.javaPackage),
    ...text('java_outer_classname', options.javaOuterClassname),
    ...(options.javaMultipleFiles ? [{ name: 'java_multiple_files', value: 'true' }] : []),
    ...text('go_package', options.goPackage),
    ...text('objc_class_prefix', options.objcClassPrefix),
    ...text('csharp_namespace', options.csharpNamespace),
  ]
}

function toMessage(message: DescriptorProto, isProto3: boolean, depth = 0): ProtoMessage {
  if (depth > schemaDepthMax) throw new SchemaTextError(`nested deeper than ${schemaDepthMax}`)
  const entries = new Map(
    message.nestedType.filter((each) => each.options?.mapEntry).map((each) => [each.name, each]),
  )
  const field = (each: FieldDescriptorProto) => toField(each, isProto3, entries)
  const isOwn = (each: FieldDescriptorProto) =>
    each.oneofIndex !== undefined && !each.proto3Optional
  const inOneof = message.field.filter((each) => isOwn(each) && hasOneof(each))
  return {
    name: message.name,
    options: message.options?.deprecated ? [{ name: 'deprecated', value: 'true' }] : [],
    fields: message.field.filter((each) => !inOneof.includes(each)).map(field),
    oneofs: message.oneofDecl
      .map(({ name }, i) => ({
        name,
        options: [],
        fields: inOneof.filter((each) => each.oneofIndex === i).map(field),
      }))
      .filter(({ fields }) => fields.length > 0),
    messages: message.nestedType
      .filter((each) => !each.options?.mapEntry)
      .map((each) => toMessage(each, isProto3, depth + 1)),
    enums: message.enumType.map(toEnum),
    extends: toExtends(message.extension, isProto3),
    reserved: [
      ...message.reservedRange.map(({ start, end }) => [{ start, end: end - 1 }]),
      ...message.reservedName.map((name) => [name]),
    ],
    extensions: message.extensionRange.map(({ start, end }) => ({
      ranges: [{ start, end: end - 1 }],
      options: [],
    })),
  }
}

/** An index of 0 is the first oneof, or none: the field has presence of its own. */
function hasOneof(field: FieldDescriptorProto): boolean {
  return Object.hasOwn(field, 'oneofIndex')
}

function toField(
  field: FieldDescriptorProto,
  isProto3: boolean,
  entries: ReadonlyMap<string, DescriptorProto>,
): ProtoField {
  const { FieldDescriptorProto_Label: Label } = protobufTypes()
  const { name, number } = field
  const entry = entries.get(field.typeName.slice(field.typeName.lastIndexOf('.') + 1))
  const [key, value] = entry?.field ?? []
  if (field.label === Label.REPEATED && key && value) {
    const options = optionsOf(field)
    return { label: undefined, type: typeOf(value), mapKey: typeOf(key), name, number, options }
  }
  const isPlain = field.label === Label.OPTIONAL && (isProto3 || hasOneof(field))
  const label = isPlain
    ? field.proto3Optional
      ? 'optional'
      : undefined
    : (
        {
          [Label.OPTIONAL]: 'optional',
          [Label.REQUIRED]: 'required',
          [Label.REPEATED]: 'repeated',
        } as const
      )[field.label]
  return { label, type: typeOf(field), mapKey: undefined, name, number, options: optionsOf(field) }
}

function optionsOf(field: FieldDescriptorProto): ProtoOption[] {
  const { FieldDescriptorProto_Type: Type } = protobufTypes()
  const { options, defaultValue, jsonName, type } = field
  const isText = type === Type.STRING || type === Type.BYTES
  return [
    ...(options && Object.hasOwn(options, 'packed')
      ? [{ name: 'packed', value: String(options.packed) }]
      : []),
    ...(options?.deprecated ? [{ name: 'deprecated', value: 'true' }] : []),
    ...(Object.hasOwn(field, 'defaultValue')
      ? [{ name: 'default', value: isText ? JSON.stringify(defaultValue) : defaultValue }]
      : []),
    ...(jsonName !== '' && jsonName !== jsonNameOf(field.name)
      ? [{ name: 'json_name', value: JSON.stringify(jsonName) }]
      : []),
  ]
}

function typeOf({ type, typeName }: FieldDescriptorProto): string {
  if (typeName !== '') return typeName
  return (protobufTypes().FieldDescriptorProto_Type[type] ?? '').toLowerCase()
}

function toEnum({
  name,
  value,
  options,
  reservedName,
  reservedRange,
}: EnumDescriptorProto): ProtoEnum {
  return {
    name,
    options: options?.allowAlias ? [{ name: 'allow_alias', value: 'true' }] : [],
    values: value.map((each) => ({
      name: each.name,
      number: each.number,
      options: each.options?.deprecated ? [{ name: 'deprecated', value: 'true' }] : [],
    })),
    reserved: [
      ...reservedRange.map(({ start, end }) => [{ start, end }]),
      ...reservedName.map((each) => [each]),
    ],
  }
}

function toExtends(fields: readonly FieldDescriptorProto[], isProto3: boolean): ProtoExtend[] {
  return fields.map((field) => ({
    type: field.extendee,
    fields: [toField(field, isProto3, new Map())],
  }))
}
