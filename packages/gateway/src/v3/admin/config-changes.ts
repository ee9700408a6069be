/** Settings that get a value, or their default back: what requests say, and how it is done. */

import { incrementalAlterConfigs, type ResponseOf } from '@millrace/log/protocol'
import type { GatewayCluster } from '../../cluster.js'
import { gatewayErrors } from '../../errors.js'
import { brokerFor, type Owner } from './config-owners.js'
import { fieldsOf } from './resource.js'

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

/** A list of topics with a list of settings each, as `topics/-/configs:alter` has it. Throws 400. */
export function readTopicChanges(given: unknown): Map<string, ConfigChange[]> {
  if (!Array.isArray(given)) throw gatewayErrors.badRequest('data is a list of topics.')
  return new Map(
    given.map((each) => {
      const { topic_name: topic, configs } = fieldsOf(each)
      if (typeof topic !== 'string' || topic === '') {
        throw gatewayErrors.badRequest('topic_name is the name of a topic.')
      }
      return [topic, readConfigChanges(configs)]
    }),
  )
}

/** Values are texts to Kafka; numbers and booleans are taken, too. */
export function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null
  if (['string', 'number', 'boolean'].includes(typeof value)) return String(value)
  throw gatewayErrors.badRequest('the value of a setting is a text.')
}

/**
 * What became of each owner's changes; those of one owner are made all or none. Owners are topics,
 * or one that is not.
 */
export async function alterConfigs(
  cluster: GatewayCluster,
  changes: readonly (readonly [Owner, readonly ConfigChange[]])[],
  validateOnly: boolean,
): Promise<ResponseOf<typeof incrementalAlterConfigs>['responses']> {
  const [first] = changes
  if (first === undefined) return []
  const broker = await brokerFor(cluster, first[0])
  const answer = await broker.request(incrementalAlterConfigs, {
    resources: changes.map(([owner, each]) => ({
      resourceType: owner.type,
      resourceName: owner.name,
      configs: each.map(({ name, value, operation }) => {
        return { name, value, configOperation: operation === 'SET' ? 0 : 1 }
      }),
    })),
    validateOnly,
  })
  return answer.responses
}
