/** What can be wrong with stored state; `hint` says what to do. */
const stateErrors = {
  JOURNAL_DAMAGED: 'the disk lost or changed bytes; restore the folder from a copy',
  SNAPSHOT_DAMAGED: 'the disk lost or changed bytes; restore the folder from a copy',
  ENTRY_TOO_LARGE: 'use smaller windows or fewer keys',
  COLUMN_TOO_LARGE:
    "the texts of one column may take up to 4 GiB: let the state forget (SET 'table.exec.state.ttl'), or spread the keys over several jobs",
  SNAPSHOT_OF_OTHER_VERSION: 'start the job with the version of Millrace that wrote it',
  STATE_INCOMPATIBLE:
    "undo the change, or start without what is named: SET 'execution.state-recovery.ignore-unclaimed-state' = 'true', or the option --allow-non-restored-state",
  SAVEPOINT_MISSING: 'name the folder that a savepoint was written to',
  SAVEPOINT_EXISTS: 'name another folder',
  SAVEPOINT_BESIDE_STATE:
    'the job has a state of its own: leave the savepoint out to go on from it, or keep the state in another folder',
  STATE_TOO_LARGE:
    "let it forget (SET 'table.exec.state.ttl'), use smaller windows or fewer keys, or allow more (SET 'state.memory.max')",
  MATCHES_TOO_MANY: 'join by more keys, or filter out rows of a key that very many have',
} as const

export class StateError extends Error {
  readonly code: keyof typeof stateErrors

  constructor(code: keyof typeof stateErrors, detail: string) {
    super(`${detail} (${stateErrors[code]})`)
    this.name = 'StateError'
    this.code = code
  }
}
