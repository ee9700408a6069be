import { seededRandom } from '@millrace/host'
import { ProtocolError, UnsupportedVersionError } from '../../src/errors.js'
import { apis } from '../../src/protocol/apis.js'
import { FrameSplitter, readRequestHeader } from '../../src/protocol/frame.js'
import { decodeRequest } from '../../src/protocol/message.js'
import { mutated } from './mutated.js'
import { someRequest } from './some-request.js'

const frameBytesMax = 1024 * 1024
const corpusRequests = 4000

/** What became of the requests. */
export interface DecoderCounts {
  requests: number
  decoded: number
  refused: number
}

/**
 * Takes mutated requests apart as a connection does: frames out of chunks, header, body. Each
 * ends decoded or as a typed refusal; anything else is thrown on, with the seed that replays it.
 */
export class DecoderTarget {
  readonly counts: DecoderCounts = { requests: 0, decoded: 0, refused: 0 }
  readonly #corpus: Buffer[]

  constructor() {
    const random = seededRandom(1)
    this.#corpus = Array.from({ length: corpusRequests }, () => someRequest(random).frame)
  }

  run(seed: number): void {
    const random = seededRandom(seed)
    const base = this.#corpus[random.below(corpusRequests)] as Buffer
    const other = this.#corpus[random.below(corpusRequests)] as Buffer
    const bytes = mutated(base, other, random)
    const cut = random.below(bytes.length + 1)
    this.counts.requests++
    try {
      const splitter = new FrameSplitter({ frameBytesMax })
      for (const chunk of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
        for (const frame of splitter.push(chunk)) decode(frame)
      }
      this.counts.decoded++
    } catch (cause) {
      if (!(cause instanceof ProtocolError) && !(cause instanceof UnsupportedVersionError)) {
        throw new Error(`seed ${seed}: ${bytes.toString('hex')}`, { cause })
      }
      this.counts.refused++
    }
  }
}

function decode(frame: Buffer): void {
  const { header, bodyAt } = readRequestHeader(frame, (key) => apis.get(key)?.flexibleFrom)
  const api = apis.get(header.apiKey)
  if (api === undefined) throw new ProtocolError(`there is no API ${header.apiKey}`)
  decodeRequest(api, header.apiVersion, frame, bodyAt)
}
