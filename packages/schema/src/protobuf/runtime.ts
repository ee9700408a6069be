/**
 * Protobuf's runtime for JavaScript. It is loaded when the first Protobuf schema is met, since many a
 * project has none.
 */
import { createRequire } from 'node:module'

type Runtime = typeof import('@bufbuild/protobuf')
type OwnTypes = typeof import('@bufbuild/protobuf/wkt')

const load = createRequire(import.meta.url)
let runtime: Runtime | undefined
let ownTypes: OwnTypes | undefined

/** Messages, their two encodings, and registries of what describes them. */
export function protobuf(): Runtime {
  runtime ??= load('@bufbuild/protobuf') as Runtime
  return runtime
}

/** The types of Protobuf's own files: what describes a file, timestamps and the like. */
export function protobufTypes(): OwnTypes {
  ownTypes ??= load('@bufbuild/protobuf/wkt') as OwnTypes
  return ownTypes
}
