export {
  type CloudEvent,
  cloudEventBatchMediaType,
  cloudEventMediaType,
  type EventContext,
  type EventData,
  type EventProblem,
  isJsonMediaType,
  isProblem,
  readCloudEvent,
  readContext,
  writeCloudEvent,
} from './cloudevent.js'
export type { Envelope } from './envelope.js'
export { asMoment, idIn, keyIn } from './event-fields.js'
export {
  contextOf,
  contextToAttributes,
  type ExceptionEnvelope,
  type ExceptionEvent,
  exceptionType,
  originalOf,
  type ResendOutcome,
  readException,
  readResendOutcome,
  resendType,
  writeException,
  writeResendOutcome,
} from './exception.js'
export { type EventHeader, envelopeFromHeaders, envelopeToHeaders } from './headers.js'
export { parseJson, printJson } from './json-numbers.js'
export {
  closeBrace,
  closeBracket,
  colon,
  comma,
  JsonText,
  openBrace,
  openBracket,
  quote,
} from './json-text.js'
export { parseFullDate, parseRfc3339 } from './rfc3339.js'
export { WrittenJson } from './written-json.js'
