/**
 * Seeds that once failed, with what they found. A seed is the same story only as long as plans are
 * drawn in the same way; what was found has a test of its own next to the code.
 */
export const keptSeeds: readonly (readonly [seed: number, found: string])[] = [
  [20, 'a commit takes records of an aborted transaction with it: its state was not synced'],
  [49, 'a segment was sealed by a sync that succeeded after a failed one'],
  [57, 'an open transaction that the coordinator lost holds back read_committed for ever'],
  [109, 'offsets of a committed transaction are gone, its records are not'],
  [172, 'an epoch is given twice after a power cut'],
  [528, 'what a failed sync was for is lost, although the next process synced it'],
  [735, 'the rest of a refused write in a full segment takes all segments behind it'],
  [2421, 'a segment that the process before has made was synced, and its name was not'],
]
