import { gatewayErrors } from '../../errors.js'
import { fieldsOf } from './resource.js'

/** A setting that gets a value, or its default back. */
export interface ConfigChange {
  name: string
  value: string | null
  operation: 'SET' | 'DELETE'
}

/** A list of settings with values, as `configs` and `:alter` have it. Throws 400. */
export function readConfigChanges(given: unknown): ConfigChange[] {
  if (!Array.isArray(given)) throw gatewayErrors.badRequest('a list of settings is expected.')
  return given.map((each) => {
    const { name, value, operation } = fieldsOf(each)
    if (typeof name !== 'string' || name === '') {
      throw gatewayErrors.badRequest('each setting has a name.')
    }
    if (
      operation !== undefined &&
      operation !== null &&
      operation !== 'SET' &&
      operation !== 'DELETE'
    ) {
      throw gatewayErrors.badRequest('operation is SET or DELETE.')
    }
    return { name, value: textOf(value), operation: operation ?? 'SET' }
  })
}

/** Values are texts to Kafka; numbers and booleans are taken, too. */
export function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null
  if (['string', 'number', 'boolean'].includes(typeof value)) return String(value)
  throw gatewayErrors.badRequest('the value of a setting is a text.')
}
