import { askHttp } from '@millrace/host'
import { controlErrors } from '../errors.js'

/** What the gateway did with the events of one POST: all that are not refused are stored. */
export interface PostAnswer {
  refusals: { index: number; reason: string }[]
}

interface GatewayAnswer {
  /** One a record; absent where none was stored. */
  offsets?: { error_code?: number | null; error?: string | null }[]
  error_code?: number
  message?: string
  /** One a record, where every record was refused for what it is. */
  errors?: { index: number; field?: string; reason: string }[]
}

/** The gateway's code for a topic that is not there. */
const topicNotFound = 40_401

/**
 * Sends values to a topic through the gateway, each in the JSON that is given. Throws SEND_REFUSED
 * where the gateway did not look at them, or where the log could not store one: then nobody knows
 * which of the others it holds.
 */
export async function postEvents(
  url: string,
  topic: string,
  values: readonly string[],
): Promise<PostAnswer> {
  const { status, text } = await askHttp(`${url}/topics/${encodeURIComponent(topic)}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/vnd.kafka.json.v2+json',
      accept: 'application/vnd.kafka.v2+json',
      'x-source': '/millrace/cli',
    },
    body: `{"records":[${values.map((value) => `{"value":${value}}`).join(',')}]}`,
  }).catch((cause: Error) => {
    throw controlErrors.unreachable('gateway', url, cause.message)
  })
  const answer = JSON.parse(text) as GatewayAnswer
  if (answer.errors !== undefined) {
    const refusals = answer.errors.map(({ index, field, reason }) => {
      return { index, reason: field ? `${field}: ${reason}` : reason }
    })
    return { refusals }
  }
  if (answer.error_code === topicNotFound) {
    throw controlErrors.topicUnknown(topic, `Write topics/${topic}.yaml, then \`millrace apply\`.`)
  }
  if (answer.offsets === undefined) {
    throw controlErrors.sendRefused(answer.message ?? `status ${status}`)
  }
  const refusals: PostAnswer['refusals'] = []
  for (const [index, { error_code: code, error }] of answer.offsets.entries()) {
    if (code === null || code === undefined) continue
    const reason = error ?? `error ${code}`
    if (isServerError(code)) throw controlErrors.sendRefused(reason)
    refusals.push({ index, reason })
  }
  return { refusals }
}

/** The REST proxy's codes begin with the HTTP status; 1 and 2 were its codes for the log. */
function isServerError(code: number): boolean {
  return code < 10 || String(code).startsWith('5')
}
