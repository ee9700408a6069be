/**
 * How a topic's batches are sent. `lossless`: acknowledged by all replicas, written once however
 * often they are sent, at once where nothing of the partition is under way. `throughput`:
 * acknowledged by the leader, compressed, gathered for a few milliseconds.
 */
export type ProducerProfile = 'lossless' | 'throughput'

/** What the project says about a topic's events. */
export interface TopicPolicy {
  /** Which of the gateway's clusters it is on; the main one where it is not said. */
  cluster?: string
  /** Subject of the value's schema; `${topic}-value` where it is not said. */
  subject?: string
  /** It takes JSON and bytes as they come, whatever schema its subject has. */
  raw?: boolean
  /** Field of the value that is the record's key, where the request gives none. */
  keyField?: string
  /** Where refused events are kept, with the reason. */
  exceptionTopic?: string
  /** Field of the value that is the event's id; a new UUID where there is none. */
  idField?: string
  /** Field of the value that says when the event happened; now where there is none. */
  timeField?: string
  tier?: string
  owner?: string
  /** `lossless` where it is not said. */
  profile?: ProducerProfile
  /**
   * What a request is answered from, where it does not say: from the log, or from the gateway's
   * spool, out of which events go to the log a moment later. The log where it is not said.
   */
  acknowledge?: 'log' | 'spool'
}
