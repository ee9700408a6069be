export type { Envelope } from './envelope.js'
export { type EventHeader, envelopeFromHeaders, envelopeToHeaders } from './headers.js'
export { parseFullDate, parseRfc3339 } from './rfc3339.js'
