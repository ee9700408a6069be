import type { ParsedSchema, SchemaType } from '../schema-type.js'
import { appendBreaks } from './append.js'
import { protoBreaks } from './comparison.js'
import { type ProtoFiles, readProtoFiles } from './files.js'
import { normalized } from './normalize.js'
import { printProto } from './print.js'
import { protobuf, protobufTypes } from './runtime.js'

/** What the registry needs of a Protobuf schema, and what another one needs of it. */
interface ProtobufSchema extends ParsedSchema {
  readonly files: ProtoFiles
}

/** Protobuf as a language of schemas: proto2 and proto3. */
export const protobufType: SchemaType = {
  name: 'PROTOBUF',
  parse(text, references): ProtobufSchema {
    const files = readProtoFiles(text, references)
    const { main, types, descriptor } = files
    const canonical = printProto(main)
    const side = { file: main, types }
    return {
      files,
      canonical,
      normalized: () => printProto(normalized(main, types)),
      formatted: (format) => {
        if (format === 'serialized') {
          const { FileDescriptorProtoSchema } = protobufTypes()
          const bytes = protobuf().toBinary(FileDescriptorProtoSchema, descriptor)
          return Buffer.from(bytes).toString('base64')
        }
        if (format !== 'ignore_extensions') return canonical
        const withoutExtends = { ...main, extends: [] }
        return printProto(withoutExtends)
      },
      backwardBreaks: (older) => {
        const before = (older as ProtobufSchema).files
        return protoBreaks({ file: before.main, types: before.types }, side)
      },
      appendBreaks: (older) => {
        const before = (older as ProtobufSchema).files
        return appendBreaks(normalized(main, types), normalized(before.main, before.types))
      },
    }
  },
}
