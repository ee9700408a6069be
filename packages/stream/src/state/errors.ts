/** What can be wrong with stored state; `hint` says what to do. */
const stateErrors = {
  JOURNAL_DAMAGED: 'the disk lost or changed bytes; restore the folder from a copy',
  SNAPSHOT_DAMAGED: 'the disk lost or changed bytes; restore the folder from a copy',
  ENTRY_TOO_LARGE: 'use smaller windows or fewer keys',
  STATE_INCOMPATIBLE: 'start the changed script under another job name, or remove the folder',
  STATE_TOO_LARGE: 'use smaller windows or fewer keys, or filter earlier',
} as const

export class StateError extends Error {
  readonly code: keyof typeof stateErrors

  constructor(code: keyof typeof stateErrors, detail: string) {
    super(`${detail} (${stateErrors[code]})`)
    this.name = 'StateError'
    this.code = code
  }
}
