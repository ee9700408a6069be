import { isUtf8 } from 'node:buffer'
import { WrittenJson } from '@millrace/event'
import { gatewayErrors } from './errors.js'

/** The JSON in a body. Throws 400 when it is none, or not UTF-8. */
export function readJson(body: Buffer): WrittenJson {
  if (!isUtf8(body)) throw gatewayErrors.malformed('it is not UTF-8.')
  try {
    return WrittenJson.parse(body)
  } catch (cause) {
    throw gatewayErrors.malformed(`it is not JSON: ${(cause as Error).message}`)
  }
}
