import type { Api, RequestBodyOf, ResponseOf } from '../../src/protocol/api.js'
import { endTxn, initProducerId, produce } from '../../src/protocol/apis.js'
import { type ModelWorld, Peer } from './model-world.js'

/** A request that was sent once. */
export interface Sent {
  api: Api
  version: number
  body: RequestBodyOf<Api>
}

/** Sends requests of the past again, any of them, at any time. */
export async function haunt(
  world: ModelWorld,
  sent: readonly Sent[],
  isOver: () => boolean,
): Promise<void> {
  const { random, history } = world
  const peer = new Peer(world)
  while (!isOver()) {
    await world.sleep(1 + random.below(150))
    // Mostly of late, for those can still do harm.
    const back = random.below(3) === 0 ? sent.length : Math.min(sent.length, 8)
    const again = sent[sent.length - 1 - random.below(Math.max(1, back))]
    if (again === undefined) continue
    const held = again.body as { producerId?: number }
    const isTakeOver = again.api.key === initProducerId.key && held.producerId === undefined
    // A take-over fences for good; too many of them, and nobody gets anywhere.
    if (isTakeOver && random.below(4) > 0) continue
    const answer = await peer.ask(again.api, again.version, again.body)
    if (answer === undefined) continue
    history.count('requests of the past')
    note(world, again, answer)
  }
  peer.close()
}

function note(world: ModelWorld, { api, body }: Sent, answer: ResponseOf<Api>): void {
  const { history } = world
  if (api.key === produce.key) {
    const { responses } = answer as ResponseOf<typeof produce>
    const { topicData = [] } = body as RequestBodyOf<typeof produce>
    const [response] = responses[0]?.partitionResponses ?? []
    const records = Buffer.from(topicData[0]?.partitionData?.[0]?.records ?? [])
    if (response?.errorCode === 0) {
      history.acknowledged(records.toString('hex'), response.baseOffset)
    }
    return
  }
  if (api.key !== initProducerId.key && api.key !== endTxn.key) return
  const given = answer as ResponseOf<typeof endTxn>
  if (given.errorCode !== 0) return
  const asked = body as RequestBodyOf<typeof endTxn>
  const { producerId = -1, producerEpoch = -1 } = asked
  if (producerId < 0) history.took(given, world.endOffsets())
  else history.followed(given, { producerId, producerEpoch })
}
