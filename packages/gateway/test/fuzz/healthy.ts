import type { HttpAnswer } from './answers.js'
import { exchange } from './exchange.js'
import { bytesOf, jsonMessage } from './message.js'
import { healthyTopic } from './topics.js'

const value = { id: 'healthy', small: 1, large: 2, single: 0.5, kind: 'a' }

const toStore = bytesOf(
  jsonMessage(
    { door: 'healthy', to: 'gateway', method: 'POST', path: `/topics/${healthyTopic}` },
    'application/vnd.kafka.json.v2+json',
    { records: [{ value }] },
  ),
)
const toRead = bytesOf({
  ...{ door: 'healthy', to: 'registry', method: 'GET', headers: [], body: undefined },
  path: `/subjects/${healthyTopic}-value/versions/latest`,
})

/** Another client, who always sends the same: it is answered as ever, whatever was sent before. */
export class Healthy {
  readonly #gatewayPort: number
  readonly #registryPort: number
  readonly #subject: string
  #offset: number

  private constructor(
    ports: { gateway: number; registry: number },
    offset: number,
    subject: string,
  ) {
    this.#gatewayPort = ports.gateway
    this.#registryPort = ports.registry
    this.#offset = offset
    this.#subject = subject
  }

  static async first(gateway: number, registry: number): Promise<Healthy> {
    const stored = JSON.parse((await ask(gateway, toStore)).body.toString())
    const subject = (await ask(registry, toRead)).body.toString()
    return new Healthy({ gateway, registry }, stored.offsets[0].offset, subject)
  }

  async problems(): Promise<string[]> {
    const problems: string[] = []
    const [stored, read] = await Promise.all([
      ask(this.#gatewayPort, toStore),
      ask(this.#registryPort, toRead),
    ])
    this.#offset++
    const body = stored.body.toString()
    const place = `{"partition":0,"offset":${this.#offset},"error_code":null,"error":null}`
    if (stored.status !== 200 || !body.includes(`"offsets":[${place}]`)) {
      problems.push(`another client got ${stored.status} ${body.slice(0, 300)}, and not ${place}`)
    }
    if (read.status !== 200 || read.body.toString() !== this.#subject) {
      problems.push(
        `another client of the registry got ${read.status} ${read.body.toString().slice(0, 300)}`,
      )
    }
    return problems
  }
}

async function ask(port: number, bytes: Buffer): Promise<HttpAnswer> {
  const expected = { methods: ['POST'], answers: 1, msMax: 30_000, lingerMs: 0 }
  const { answers } = await exchange(port, bytes, { cuts: [], pauseMs: 0 }, expected)
  const [answer] = answers
  if (answer === undefined) throw new Error('Another client got no answer.')
  return answer
}
