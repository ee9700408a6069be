/**
 * What a broker refused, as the REST proxy tells it. Codes are those of `KafkaExceptionMapper` in
 * Confluent's rest-utils.
 */
import { KafkaError } from '@millrace/log'
import { failureOf } from './append.js'
import { GatewayError, logError } from './errors.js'

const codes: ReadonlyMap<string, number> = new Map([
  ['TOPIC_AUTHORIZATION_FAILED', 40301],
  ['GROUP_AUTHORIZATION_FAILED', 40301],
  ['CLUSTER_AUTHORIZATION_FAILED', 40301],
  ['SASL_AUTHENTICATION_FAILED', 40101],
  ['UNKNOWN_TOPIC_OR_PARTITION', 40403],
  ['BROKER_NOT_AVAILABLE', 50302],
  ['INVALID_REPLICATION_FACTOR', 40002],
  ['INVALID_REPLICA_ASSIGNMENT', 40002],
  ['SECURITY_DISABLED', 40002],
  ['UNSUPPORTED_VERSION', 40002],
  ['INVALID_PARTITIONS', 40002],
  ['INVALID_REQUEST', 40002],
  ['INVALID_CONFIG', 40002],
  ['INVALID_TOPIC_EXCEPTION', 40002],
  ['INVALID_GROUP_ID', 40002],
  ['POLICY_VIOLATION', 40002],
  ['TOPIC_ALREADY_EXISTS', 40002],
])

export function kafkaFailure(cause: unknown): unknown {
  if (cause instanceof GatewayError || !(cause instanceof KafkaError)) return cause
  const code = codes.get(cause.codeName)
  return code === undefined
    ? logError(failureOf(cause))
    : new GatewayError(code, cause.message, { cause })
}
