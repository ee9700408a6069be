/** What the project says about a topic's events. */
export interface TopicPolicy {
  /** Subject of the value's schema; `${topic}-value` where it is not said. */
  subject?: string
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
}
