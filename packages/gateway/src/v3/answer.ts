/** What a record is answered, in the shapes of the REST proxy's v3 API. */
import type { GatewayError } from '../errors.js'
import type { Produced, ProducedPart } from './produce.js'

/** One answer object of a stream, as JSON with its line's end. */
export function producedLine(produced: Produced): string {
  const code = produced.acknowledge === 'spool' ? 202 : 200
  return `${JSON.stringify({ error_code: code, ...producedBody(produced) })}\r\n`
}

export function errorLine({ code, message }: GatewayError): string {
  return `${JSON.stringify({ error_code: code, message })}\r\n`
}

/** An entry of `successes`. */
export function success(id: string, produced: Produced): object {
  return { id, ...producedBody(produced) }
}

/** An entry of `failures`. */
export function failure(id: string, { code, message }: GatewayError): object {
  return { id, error_code: code, message }
}

function producedBody({ target, partition, offset, timestamp, id, key, value, ...rest }: Produced) {
  return {
    cluster_id: target.cluster.id,
    topic_name: target.topic,
    partition_id: partition,
    ...(offset === null ? {} : { offset }),
    timestamp: new Date(timestamp).toISOString(),
    ...(key && { key: dataOf(key) }),
    ...(value && { value: dataOf(value) }),
    ...(rest.acknowledge === 'spool' && { event_id: id }),
    ...(rest.acknowledge === 'dry-run' && { dry_run: true }),
  }
}

function dataOf({ chosen: { type, subject, schema }, bytes }: ProducedPart): object {
  return {
    type,
    ...(subject !== undefined && { subject }),
    ...(schema !== undefined && { schema_id: schema.id }),
    ...(schema?.version !== undefined && { schema_version: schema.version }),
    size: bytes,
  }
}
