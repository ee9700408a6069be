/** Whether records of transactions that are open or aborted are to be seen. */
export type Isolation = 'read_uncommitted' | 'read_committed'

/** As the protocol writes it. */
export const isolationLevel = { read_uncommitted: 0, read_committed: 1 } as const
