const messages = {
  bad_table: (detail: string) => `The table's declaration is wrong: ${detail}`,
  store_unavailable: (detail: string) =>
    `The folder of tables cannot be opened: ${detail} Another process may be using it; if the file is damaged, remove the folder, and the tables are read again from their topics.`,
  closed: (detail: string) => `The table ${detail} is closed.`,
  column_conflict: (detail: string) => `A schema does not fit the table: ${detail}`,
  bad_record: (detail: string) => detail,
} as const

export type OlapErrorCode = keyof typeof messages

/** An operating error of a fresh table: what happened, where, what to do. */
export class OlapError extends Error {
  readonly code: OlapErrorCode

  constructor(code: OlapErrorCode, detail: string, options?: ErrorOptions) {
    super(messages[code](detail), options)
    this.name = 'OlapError'
    this.code = code
  }
}
