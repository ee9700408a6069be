import type { Decoded, Encodable, Field } from './field.js'
import { type VersionRange, versionRange } from './version-range.js'

/** One API of the Kafka protocol: a request, its response, and the versions we speak. */
export interface Api<
  Q extends readonly Field[] = readonly Field[],
  R extends readonly Field[] = readonly Field[],
> {
  readonly key: number
  readonly name: string
  readonly versions: VersionRange
  /** From this version on: compact lengths, tagged fields, and the newer headers. */
  readonly flexibleFrom: number
  readonly request: Q
  readonly response: R
}

/** A decoded request of an API: `RequestOf<typeof produce>`. */
export type RequestOf<A> = A extends Api<infer Q, readonly Field[]> ? Decoded<Q> : never
/** A decoded response of an API. */
export type ResponseOf<A> = A extends Api<readonly Field[], infer R> ? Decoded<R> : never
/** What may be encoded as a request of an API. */
export type RequestBodyOf<A> = A extends Api<infer Q, readonly Field[]> ? Encodable<Q> : never
/** What may be encoded as a response of an API. */
export type ResponseBodyOf<A> = A extends Api<readonly Field[], infer R> ? Encodable<R> : never

export function defineApi<
  const Q extends readonly Field[],
  const R extends readonly Field[],
>(definition: {
  key: number
  name: string
  versions: string
  flexible: string
  request: Q
  response: R
}): Api<Q, R> {
  const { versions, flexible, ...rest } = definition
  return {
    ...rest,
    versions: versionRange(versions),
    flexibleFrom: flexibleFrom(flexible),
  }
}

/** The first flexible version of a range, or of `none`. */
export function flexibleFrom(range: string): number {
  return range === 'none' ? Number.POSITIVE_INFINITY : versionRange(range).min
}
