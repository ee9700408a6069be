/** The v3 API's stream: one record after another on one connection, answered as they go. */
import http from 'node:http'
import type { Sending } from './senders.js'

const recordsMax = 300
/** Records that wait for their answers; no more are sent until one of them has it. */
const waitingMax = 50

interface Answer {
  error_code: number
  partition_id?: number
  offset?: number
}

/** One stream; resolves with whether it was answered to its end. */
export function streamRecords(sending: Sending, topic: string): Promise<boolean> {
  const { url, clusterId, sender, random, signal, sent, ids } = sending
  const isAsync = random.below(2) === 0
  const waiting: number[] = []
  let left = 1 + random.below(recordsMax)
  return new Promise((resolve) => {
    const path = `/v3/clusters/${clusterId}/topics/${topic}/records${isAsync ? '?async' : ''}`
    const headers = { 'content-type': 'application/json' }
    const request = http.request(`${url}${path}`, { method: 'POST', headers })
    let timer: NodeJS.Timeout | undefined
    const end = (isAnswered: boolean) => {
      clearTimeout(timer)
      request.destroy()
      sent.unanswered += waiting.length
      waiting.length = 0
      resolve(isAnswered)
    }
    const more = () => {
      for (let some = 5; some > 0 && left > 0 && waiting.length < waitingMax; some--) {
        const [id = -1] = ids(1)
        waiting.push(id)
        left--
        request.write(JSON.stringify({ value: { type: 'JSON', data: { id } } }))
      }
      if (left === 0 || signal.aborted) request.end()
      else timer = setTimeout(more, 5)
    }
    const take = (line: string) => {
      const { error_code: code, partition_id: partition = -1, offset } = JSON.parse(line) as Answer
      const id = waiting.shift() ?? -1
      if (code === 200 || code === 202) sent.accepted.push({ id, sender, topic, partition, offset })
      else sent.refused++
    }
    request.on('error', () => end(false))
    request.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = `${text}${chunk}`.split('\r\n')
        text = lines.pop() ?? ''
        for (const line of lines) if (line !== '') take(line)
      })
      response.on('end', () => end(waiting.length === 0))
      response.on('error', () => end(false))
    })
    more()
  })
}
