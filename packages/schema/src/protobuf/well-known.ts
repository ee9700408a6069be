/** Files that may be imported without a reference: Protobuf's own, and those of Confluent. */
import {
  type FileDescriptorProto,
  file_google_protobuf_any,
  file_google_protobuf_api,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_source_context,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_type,
  file_google_protobuf_wrappers,
} from '@bufbuild/protobuf/wkt'
import { fromDescriptor } from './from-descriptor.js'
import { parseProto } from './parse.js'
import type { ProtoFile } from './syntax-tree.js'

/** Descriptors of Protobuf's own files, by path. */
export const googleDescriptors: ReadonlyMap<string, FileDescriptorProto> = new Map(
  [
    file_google_protobuf_any,
    file_google_protobuf_api,
    file_google_protobuf_descriptor,
    file_google_protobuf_duration,
    file_google_protobuf_empty,
    file_google_protobuf_field_mask,
    file_google_protobuf_source_context,
    file_google_protobuf_struct,
    file_google_protobuf_timestamp,
    file_google_protobuf_type,
    file_google_protobuf_wrappers,
  ].map(({ proto }) => [proto.name, proto]),
)

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
  const descriptor = googleDescriptors.get(path)
  const text = confluentTexts[path]
  if (descriptor === undefined && text === undefined) return undefined
  const file = descriptor ? fromDescriptor(descriptor) : parseProto(text ?? '')
  known.set(path, file)
  return file
}
