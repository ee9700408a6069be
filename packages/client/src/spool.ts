/**
 * Where events wait that are not in the log yet, so that they outlive the process. A spool is
 * told of each event before it is sent and after it is settled; what an earlier run left, it
 * gives back. It may forget the last moment of a crash: then an event comes twice, with one id.
 */
export interface Spool {
  /** What earlier runs left, in the order in which it was put in. Called once, before all else. */
  load(): Promise<SpooledEvent[]>
  /** May throw where there is no room: then the event waits in memory alone. */
  put(event: SpooledEvent): void
  remove(ids: readonly string[]): void
  close(): void
}

/** An event as it will be sent. */
export interface SpooledEvent {
  id: string
  topic: string
  /** The event in CloudEvents' JSON format. */
  text: string
  /** When it was given to `send`, in milliseconds since 1970. */
  takenAt: number
}
