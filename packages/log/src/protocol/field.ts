import { type VersionRange, versionRange } from './version-range.js'

/**
 * The notation in which `messages/` writes the Kafka protocol down.
 *
 * A message is a list of fields; a field has a name, a type, the versions it is in, the
 * versions in which it may be null, a tag when it is an optional ("tagged") one, and the value
 * it has where it is missing. The types of the messages in TypeScript follow from the tables:
 * what was decoded has every field (`Decoded`), what is to be encoded may leave any out
 * (`Encodable`).
 *
 * int64 is a number: offsets, timestamps and producer ids stay far below 2^53. What lies beyond
 * ±(2^53 - 1) is read as that bound ("later than anything"), never rounded to a neighbour.
 */
export type PrimitiveKind =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float64'
  | 'string'
  | 'bytes'
  | 'records'
  | 'uuid'

declare const valueTypes: unique symbol

type Shape =
  | { readonly kind: PrimitiveKind }
  | { readonly kind: 'array'; readonly element: FieldType }
  | { readonly kind: 'struct'; readonly fields: readonly Field[] }

/** A type on the wire; `D` is what decoding gives, `E` what encoding takes. */
export type FieldType<D = unknown, E = unknown> = Shape & {
  readonly [valueTypes]?: { decoded: D; encodable: E }
}

export interface Field<N extends string = string, D = unknown, E = unknown> {
  readonly name: N
  readonly type: FieldType<D, E>
  readonly versions: VersionRange
  readonly nullable?: VersionRange
  /** The number of a tagged field: it is one in all its versions. */
  readonly tag?: number
  readonly default?: unknown
}

/** What decoding gives for a list of fields: all of them, the missing ones with their default. */
export type Decoded<F extends readonly Field[]> = {
  [M in F[number] as M['name']]: M extends Field<string, infer D, unknown> ? D : never
}

/** What encoding takes for a list of fields: what is left out has its default. */
export type Encodable<F extends readonly Field[]> = {
  readonly [M in F[number] as M['name']]?: M extends Field<string, unknown, infer E> ? E : never
}

export const bool: FieldType<boolean, boolean> = { kind: 'bool' }
export const int8: FieldType<number, number> = { kind: 'int8' }
export const int16: FieldType<number, number> = { kind: 'int16' }
export const uint16: FieldType<number, number> = { kind: 'uint16' }
export const int32: FieldType<number, number> = { kind: 'int32' }
export const uint32: FieldType<number, number> = { kind: 'uint32' }
export const int64: FieldType<number, number> = { kind: 'int64' }
export const float64: FieldType<number, number> = { kind: 'float64' }
export const string: FieldType<string, string> = { kind: 'string' }
/** Bytes; decoded without a copy, as a view of the frame. */
export const bytes: FieldType<Buffer, Uint8Array> = { kind: 'bytes' }
/** Whole record batches, one after another; decoded without a copy, as a view of the frame. */
export const records: FieldType<Buffer, Uint8Array> = { kind: 'records' }
/** Sixteen bytes, as text in lower case with hyphens. */
export const uuid: FieldType<string, string> = { kind: 'uuid' }

/** The id that stands for "none". */
export const zeroUuid = '00000000-0000-0000-0000-000000000000'

export function struct<const F extends readonly Field[]>(
  fields: F,
): FieldType<Decoded<F>, Encodable<F>> {
  return { kind: 'struct', fields }
}

/** An array of a type, or of structs with the given fields. */
export function arrayOf<const F extends readonly Field[]>(
  fields: F,
): FieldType<Decoded<F>[], readonly Encodable<F>[]>
export function arrayOf<D, E>(element: FieldType<D, E>): FieldType<D[], readonly E[]>
export function arrayOf(of: FieldType | readonly Field[]): FieldType {
  return { kind: 'array', element: isFields(of) ? { kind: 'struct', fields: of } : of }
}

function isFields(of: FieldType | readonly Field[]): of is readonly Field[] {
  return Array.isArray(of)
}

export interface FieldOptions {
  /** The versions that have the field; all of them by default. */
  readonly versions?: string
  readonly nullable?: string
  readonly tag?: number
  /** Where it is missing; by default 0, false, '', no elements, or the struct's own defaults. */
  readonly default?: unknown
}

type OrNull<T, O> = O extends { readonly nullable: string } ? T | null : T

export function field<
  const N extends string,
  D,
  E,
  const O extends FieldOptions = Record<never, never>,
>(name: N, type: FieldType<D, E>, options?: O): Field<N, OrNull<D, O>, OrNull<E, O>> {
  const { versions = '0+', nullable, tag, default: missing } = options ?? ({} as FieldOptions)
  return {
    name,
    type: type as FieldType<OrNull<D, O>, OrNull<E, O>>,
    versions: versionRange(versions),
    ...(nullable !== undefined && { nullable: versionRange(nullable) }),
    ...(tag !== undefined && { tag }),
    ...(missing !== undefined && { default: missing }),
  }
}
