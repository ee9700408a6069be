/**
 * A .proto file as a tree, in the words of Protobuf's specification. Comments are not kept;
 * the order of messages is, because payloads say by number which message they hold.
 */

export interface ProtoFile {
  readonly syntax: 'proto2' | 'proto3' | undefined
  readonly package: string | undefined
  readonly imports: readonly ProtoImport[]
  readonly options: readonly ProtoOption[]
  readonly messages: readonly ProtoMessage[]
  readonly enums: readonly ProtoEnum[]
  readonly extends: readonly ProtoExtend[]
  readonly services: readonly ProtoService[]
}

export interface ProtoImport {
  readonly path: string
  readonly kind: 'public' | 'weak' | undefined
}

export interface ProtoOption {
  /** As it is written: `deprecated`, `(my.option).field`. */
  readonly name: string
  /** As it is written, in one form: `true`, `"text"`, `{ a: 1 }`. */
  readonly value: string
}

export interface ProtoMessage {
  readonly name: string
  readonly options: readonly ProtoOption[]
  /** Those outside of oneofs. */
  readonly fields: readonly ProtoField[]
  readonly oneofs: readonly ProtoOneof[]
  readonly messages: readonly ProtoMessage[]
  readonly enums: readonly ProtoEnum[]
  readonly extends: readonly ProtoExtend[]
  /** Each `reserved` statement: ranges or names. */
  readonly reserved: readonly (readonly (ProtoRange | string)[])[]
  readonly extensions: readonly {
    readonly ranges: readonly ProtoRange[]
    readonly options: readonly ProtoOption[]
  }[]
}

export interface ProtoField {
  readonly label: 'optional' | 'required' | 'repeated' | undefined
  /** As it is written: `int32`, `Inner`, `.rides.Trip`; of a map the type of its values. */
  readonly type: string
  /** Of a map the type of its keys. */
  readonly mapKey: string | undefined
  readonly name: string
  readonly number: number
  readonly options: readonly ProtoOption[]
}

export interface ProtoOneof {
  readonly name: string
  readonly options: readonly ProtoOption[]
  readonly fields: readonly ProtoField[]
}

export interface ProtoEnum {
  readonly name: string
  readonly options: readonly ProtoOption[]
  readonly values: readonly ProtoEnumValue[]
  readonly reserved: readonly (readonly (ProtoRange | string)[])[]
}

export interface ProtoEnumValue {
  readonly name: string
  readonly number: number
  readonly options: readonly ProtoOption[]
}

/** Both ends included. */
export interface ProtoRange {
  readonly start: number
  readonly end: number
}

export interface ProtoExtend {
  readonly type: string
  readonly fields: readonly ProtoField[]
}

export interface ProtoService {
  readonly name: string
  readonly options: readonly ProtoOption[]
  readonly methods: readonly ProtoMethod[]
}

export interface ProtoMethod {
  readonly name: string
  readonly input: string
  readonly output: string
  readonly streamsInput: boolean
  readonly streamsOutput: boolean
  readonly options: readonly ProtoOption[]
}

/** Highest number of a field, and of what `max` is in a range of one. */
export const fieldNumberMax = 2 ** 29 - 1

/** Fields of a message, in oneofs or not. */
export function allFields(message: ProtoMessage): ProtoField[] {
  return [...message.fields, ...message.oneofs.flatMap((oneof) => oneof.fields)]
}
