/** How far a conversion is in one partition of its raw topic. */
export interface Progress {
  /** Of the next record to read. */
  readonly offset: number
  /** Of the next record to come, when it was looked last. */
  readonly end: number
  /** Records before `offset` that became typed events, and exceptions. */
  readonly typed: number
  readonly refused: number
}

/** One record more. */
export function addProgress(progress: Progress, isRefused: boolean): Progress {
  const { typed, refused } = progress
  return isRefused ? { ...progress, refused: refused + 1 } : { ...progress, typed: typed + 1 }
}

/** The counts as the metadata of a committed offset: `typed=41 refused=1`. */
export function writeProgress({ typed, refused }: Progress): string {
  return `typed=${typed} refused=${refused}`
}

/** The counts in metadata; none where it holds none. */
export function readProgress(metadata: string): Pick<Progress, 'typed' | 'refused'> {
  const [, typed = 0, refused = 0] = /^typed=(\d+) refused=(\d+)$/.exec(metadata) ?? []
  return { typed: Number(typed), refused: Number(refused) }
}
