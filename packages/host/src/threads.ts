/**
 * Further threads of the process, for work that shares nothing: a module that answers messages one
 * at a time, in their order. Messages are copied as by `structuredClone`, but for the buffers that
 * are handed over.
 */
export interface Threads {
  /** `module` calls `serveThread`. The thread does not keep the process alive. */
  start(module: URL): Thread
}

export interface Thread {
  /**
   * The answer of the thread. Rejects with what its handler threw (as a plain `Error`), and where
   * the thread ended.
   */
  ask(message: unknown, handedOver: readonly ArrayBuffer[]): Promise<unknown>
  close(): Promise<void>
}

/** What a thread answers, and which of its buffers it hands over. */
export interface ThreadAnswer {
  readonly message: unknown
  readonly handedOver: readonly ArrayBuffer[]
}
