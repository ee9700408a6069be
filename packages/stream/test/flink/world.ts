import type { Column } from './answer.js'

/**
 * An engine over the sandbox of a file. Whatever it refuses, and whatever fails while it runs, is an
 * exception; each call stands for itself.
 */
export interface World {
  /** Names and types of what each query gives. */
  describe(queries: readonly DescribedQuery[]): Promise<readonly (readonly Column[])[]>
  /** Runs a script to the end of its inputs, with the file's prelude before it. */
  run(script: string): Promise<void>
  /** What a topic holds. */
  records(topic: string): Promise<{ key: string | null; value: string | null }[]>
}

export interface DescribedQuery {
  readonly text: string
  /** What tells the rows of its answer apart, where they change. */
  readonly key: readonly string[]
  /** As Flink described it before; undefined where it did not, or refused it. */
  readonly expected: readonly Column[] | undefined
}
