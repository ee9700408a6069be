import type { LogClient } from '@millrace/log'
import { type Progress, readProgress } from './progress.js'

/** What a group has committed for a partition. */
export interface CommittedPlace {
  readonly offset: number
  readonly metadata: string
}

/**
 * Where a partition is read from: after what is committed, or from its beginning. Records that are
 * committed nowhere and gone are told.
 */
export async function startOf(
  client: LogClient,
  { topic, partition }: { topic: string; partition: number },
  committed: CommittedPlace | undefined,
  log: (line: string) => void,
): Promise<Progress> {
  const start = await client.listOffsets(topic, partition, 'earliest')
  const end = await client.listOffsets(topic, partition, 'latest')
  const counts = readProgress(committed?.metadata ?? '')
  if (committed === undefined) return { offset: start, end, ...counts }
  const { offset } = committed
  if (offset >= start && offset <= end) return { offset, end, ...counts }
  const where = `conversion of ${topic}, partition ${partition}`
  log(
    offset < start
      ? `${where}: ${start - offset} records were deleted before they were read`
      : `${where}: the topic was made anew, and is read from its beginning`,
  )
  return { offset: start, end, ...counts }
}
