import type { LogClient } from '@millrace/log'

/** The offsets of places: those that are offsets already, and the ends that are looked up. */
export function offsetsAt(
  client: LogClient,
  places: readonly {
    topic: string
    partition: number
    to: number | 'earliest' | 'latest'
  }[],
): Promise<number[]> {
  return Promise.all(
    places.map(({ topic, partition, to }) =>
      typeof to === 'number' ? to : client.listOffsets(topic, partition, to),
    ),
  )
}

/** The first offset at or after a time, or the end where nothing is as new. */
export async function offsetAtTime(
  client: LogClient,
  topic: string,
  partition: number,
  timeMs: number,
): Promise<number> {
  const found = await client.listOffsets(topic, partition, timeMs)
  return found >= 0 ? found : client.listOffsets(topic, partition, 'latest')
}
