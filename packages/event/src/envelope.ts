/**
 * What is known about an event besides its payload: the context attributes of CloudEvents 1.0,
 * its Distributed Tracing extension, and the extensions `service`, `tier` and `owner`.
 */
export interface Envelope {
  /** Which event this is. The same id and source are the same event. */
  id: string
  /** What it is: the full name of its schema's record where it has one, or its topic. */
  type: string
  /** Who said it. */
  source: string
  /** When it happened, by the application's clock: milliseconds since 1970-01-01T00:00:00Z. */
  time: number
  /** About what, within the source. */
  subject?: string
  /** The service that sent it. */
  service?: string
  /** The tier of its topic. */
  tier?: string
  /** The team that owns its topic. */
  owner?: string
  /** URI of the schema of the value. */
  dataSchema?: string
  /** Media type of the value: how it is encoded. */
  dataContentType?: string
  /** W3C Trace Context of what the event was born in (`00-<trace>-<span>-01`). */
  traceParent?: string
  traceState?: string
  /** Further extension attributes by name (small letters and digits), as canonical text. */
  extensions?: Readonly<Record<string, string>>
}
