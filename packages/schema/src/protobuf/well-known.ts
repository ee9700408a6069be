/** Files that may be imported without a reference: Protobuf's own, and those of Confluent. */
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt'
import { fromDescriptor } from './from-descriptor.js'
import { parseProto } from './parse.js'
import { protobufTypes } from './runtime.js'
import type { ProtoFile } from './syntax-tree.js'

let googleDescriptors: ReadonlyMap<string, FileDescriptorProto> | undefined

/** What describes one of Protobuf's own files. */
export function googleDescriptor(path: string): FileDescriptorProto | undefined {
  googleDescriptors ??= readGoogleDescriptors()
  return googleDescriptors.get(path)
}

function readGoogleDescriptors(): Map<string, FileDescriptorProto> {
  const types = protobufTypes()
  const files = [
    types.file_google_protobuf_any,
    types.file_google_protobuf_api,
    types.file_google_protobuf_descriptor,
    types.file_google_protobuf_duration,
    types.file_google_protobuf_empty,
    types.file_google_protobuf_field_mask,
    types.file_google_protobuf_source_context,
    types.file_google_protobuf_struct,
    types.file_google_protobuf_timestamp,
    types.file_google_protobuf_type,
    types.file_google_protobuf_wrappers,
  ]
  return new Map(files.map(({ proto }) => [proto.name, proto]))
}

/** What Kafka Connect's converter imports; numbers and names are its wire format. */
const confluentTexts: Readonly<Record<string, string>> = {
  'confluent/meta.proto': `
    syntax = "proto3";
    package confluent;
    import "google/protobuf/descriptor.proto";
    message Meta {
      string doc = 1;
      map<string, string> params = 2;
      repeated string tags = 3;
    }
    extend google.protobuf.FileOptions { Meta file_meta = 1088; }
    extend google.protobuf.MessageOptions { Meta message_meta = 1088; }
    extend google.protobuf.FieldOptions { Meta field_meta = 1088; }
    extend google.protobuf.EnumOptions { Meta enum_meta = 1088; }
    extend google.protobuf.EnumValueOptions { Meta enum_value_meta = 1088; }`,
  'confluent/type/decimal.proto': `
    syntax = "proto3";
    package confluent.type;
    message Decimal {
      bytes value = 1;
      uint32 precision = 2;
      int32 scale = 3;
    }`,
}

const known = new Map<string, ProtoFile>()

/** A file that is known without a reference. */
export function wellKnown(path: string): ProtoFile | undefined {
  const found = known.get(path)
  if (found !== undefined) return found
  const descriptor = googleDescriptor(path)
  const text = confluentTexts[path]
  if (descriptor === undefined && text === undefined) return undefined
  const file = descriptor ? fromDescriptor(descriptor) : parseProto(text ?? '')
  known.set(path, file)
  return file
}
