/** What ajv found wrong with a value, as a path and in words. */
import type { ErrorObject } from 'ajv'
import { describe, listed } from '../avro/value.js'
import { RefusedError } from '../codec.js'

/** The refusal of a value. */
export function refusalOf(errors: readonly ErrorObject[], value: unknown): RefusedError {
  // The last one is what failed as a whole; those before are the branches it tried.
  const error = errors.at(-1)
  if (error === undefined) return new RefusedError('it does not fit the schema')
  const path = pathOf(error.instancePath)
  const given = valueAt(value, error.instancePath)
  const params = error.params as { readonly [name: string]: unknown }
  switch (error.keyword) {
    case 'type':
      return new RefusedError(`expected ${titleOf(params.type)}, got ${describe(given)}`, path)
    case 'required':
      return new RefusedError(
        'the required property is missing',
        joined(path, params.missingProperty),
      )
    case 'additionalProperties':
      return new RefusedError(
        'unknown property: the schema has none of this name',
        joined(path, params.additionalProperty),
      )
    case 'unevaluatedProperties':
      return new RefusedError(
        'unknown property: the schema has none of this name',
        joined(path, params.unevaluatedProperty),
      )
    case 'enum': {
      const allowed = (params.allowedValues as unknown[]).map((each) => JSON.stringify(each))
      return new RefusedError(`expected one of ${listed(allowed)}, got ${describe(given)}`, path)
    }
    case 'anyOf':
    case 'oneOf': {
      const tried = errors.slice(0, -1).map((each) => refusalOf([each], value).message)
      const none = typeof params.passingSchemas === 'object' && params.passingSchemas !== null
      if (none) return new RefusedError('it fits more than one schema of oneOf', path)
      return new RefusedError(`it fits no schema of ${error.keyword}: ${tried.join('; ')}`, path)
    }
    default:
      return new RefusedError(
        `it ${error.message ?? 'does not fit the schema'}, got ${describe(given)}`,
        path,
      )
  }
}

function titleOf(type: unknown): string {
  return Array.isArray(type) ? type.join(' or ') : String(type)
}

/** `/stops/2/zip` as `stops[2].zip`. */
function pathOf(pointer: string): string {
  return steps(pointer).reduce((path, step) => joined(path, step), '')
}

function joined(path: string, step: unknown): string {
  const name = String(step)
  if (/^\d+$/.test(name)) return `${path}[${name}]`
  return path === '' ? name : `${path}.${name}`
}

function steps(pointer: string): string[] {
  const parts = pointer.split('/').slice(1)
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function valueAt(value: unknown, pointer: string): unknown {
  return steps(pointer).reduce<unknown>((at, step) => {
    return (at as { readonly [name: string]: unknown } | undefined)?.[step]
  }, value)
}
