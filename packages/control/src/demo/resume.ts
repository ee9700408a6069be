/**
 * Which trips a run still has to send, from what the log holds. Nothing else is remembered:
 * neither a counter in memory nor a file beside the log, which could disagree with it.
 *
 * Terms. A trip's position is its place in the order of sending. It is stored when its event id
 * is in the topic or, refused, in the exception topic. B is the most trips that one POST carries
 * (`tripsPerPostMax`), W is the window that this module looks at.
 *
 * What a run does. It sends POSTs one after the other; the next begins only when the gateway has
 * answered that every trip of the last one is stored. A POST carries either new trips, at most B
 * that follow one another from the highest stored position on, or the trips of a window that
 * turned out not to be stored.
 *
 * What a kill leaves. The gateway appends a POST's trips to each partition on its own, and the
 * refused ones to the exception topic: any subset of the POST in flight may be stored. (A
 * partition's share of a POST is one batch, so it is there whole or not at all, and a partition
 * keeps the order of positions; the argument does not need it, event-time order does.)
 *
 * Claim: let M be the highest stored position. Every position of M - B or less is stored.
 *   A POST of new trips covers positions a … b with b - a < B, after all below a were stored. If
 *   any of it is stored then a ≤ M ≤ b, and what is missing lies from a on, above M - B. If none
 *   of it is stored, M and what is missing are as they were before it.
 *   A POST of missing trips carries only positions below M, and raises none above it: the claim
 *   held before and stored positions are never lost.
 * So a run that knows M and which of the positions from M - B + 1 to M are stored, sends the
 * others of these and then goes on with M + 1; and that run may be killed in the same way.
 *
 * Order. What is missing goes first, so each partition holds its trips in the order of sending,
 * whatever was killed when: none of them is late for a pipeline that follows event time by
 * partition.
 *
 * How much has to be read. Of each partition, the last W = 4·B records. Positions above M - B
 * are at most B; a record of a lower position may stand behind one of them only where it was
 * sent again after a kill, at most B for each kill within the same window. So four windows are
 * enough for three kills that hit the same 250 trips, in one partition, each after storing
 * something there; and a position that is wrongly taken for missing would be sent twice, which
 * the totals would show.
 */
export interface ResumePlan {
  /** Positions to send before all others, ascending. */
  missing: number[]
  /** The first position that was never sent. */
  next: number
}

/** `stored` are positions at the ends of all partitions, in any order, repeated or not. */
export function planResume(stored: Iterable<number>, postMax: number): ResumePlan {
  const known = new Set(stored)
  let highest = -1
  for (const position of known) highest = Math.max(highest, position)
  const missing: number[] = []
  for (let position = Math.max(0, highest - postMax + 1); position < highest; position++) {
    if (!known.has(position)) missing.push(position)
  }
  return { missing, next: highest + 1 }
}

/** How many records at the end of each partition have to be known. */
export function tailRecords(postMax: number): number {
  return 4 * postMax
}
