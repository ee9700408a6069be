import { isUtf8 } from 'node:buffer'
import { gatewayErrors } from './errors.js'

/** The value in a body. Throws 400 when it is not JSON, or not UTF-8. */
export function readJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw gatewayErrors.malformed('it is not UTF-8.')
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw gatewayErrors.malformed(`it is not JSON: ${(cause as Error).message}`)
  }
}
