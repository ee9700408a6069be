/** Why a job does not start, or ends by itself; the hint says what to do. */
const jobErrors = {
  TOPIC_MISSING: 'create it, or correct the option topic',
  CONNECTOR_UNSUPPORTED: "use 'kafka'",
  OPTION_UNKNOWN: 'correct the table options',
  GROUP_WITHOUT_OFFSETS: 'commit some, or choose another mode',
  RECORD_UNREADABLE:
    "correct the schema or the format, or pass such records over: FORMAT.ignore-parse-errors = 'true'",
  FILE_MISSING: 'correct the option path',
  LOOKUP_TOO_LARGE: 'keep fewer rows in its files, or write them into a topic and join that',
  FILE_GONE: 'put it back, or start the job under another name',
  STATE_MISSING:
    'restore the folder of the job, or start it under another name to begin from the beginning',
  OFFSET_GONE: 'start the job under another name, and keep records longer',
  FENCED: 'stop one of the two, or give it another name',
} as const

export type JobErrorCode = keyof typeof jobErrors

export class JobError extends Error {
  readonly code: JobErrorCode
  /** The message without what to do. */
  readonly detail: string

  constructor(code: JobErrorCode, detail: string, options?: ErrorOptions) {
    super(`${detail} (${jobErrors[code]})`, options)
    this.name = 'JobError'
    this.code = code
    this.detail = detail
  }
}
