/**
 * What is known about an event besides its payload: the context attributes of CloudEvents 1.0,
 * and the extensions `tier` and `owner`.
 */
export interface Envelope {
  /** Which event this is. The same id and source are the same event. */
  id: string
  /** What it is: the full name of its schema's record where it has one, or its topic. */
  type: string
  /** Who said it. */
  source: string
  /** When it happened: milliseconds since 1970-01-01T00:00:00Z. */
  time: number
  /** About what, within the source. */
  subject?: string
  /** The tier of its topic. */
  tier?: string
  /** The team that owns its topic. */
  owner?: string
  /** URI of the schema of the value. */
  dataSchema?: string
  /** Media type of the value. */
  dataContentType?: string
}
