import { runProgram } from '../program.js'
import { progress } from '../progress.js'
import { type Row, row } from '../report.js'
import type { Folders } from './folders.js'
import { millrace, RunningPlatform } from './running-platform.js'

/** How long commands take, beside Node alone; those that ask a platform have one to ask. */
export async function commands({ project, data }: Folders, rounds: number): Promise<Row[]> {
  const folder = data()
  const platform = await RunningPlatform.start(project, folder)
  try {
    const tail = ['tail', 'orders', '-C', folder, '--from', 'earliest', '--limit', '1']
    await fetch(`${platform.url('gateway')}/topics/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.kafka.json.v2+json' },
      body: '{"records":[{"value":{"id":1,"item":"tea","price":2,"at":"2026-01-01T00:00:00Z"}}]}',
    })
    const measured: readonly (readonly string[])[] = [
      ['--version'],
      ['--help'],
      ['topics', '-C', folder],
      ['jobs', '-C', folder],
      tail,
      ['test', project],
    ]
    const alone: number[] = []
    const seconds = measured.map((): number[] => [])
    for (let round = 0; round < rounds; round++) {
      progress(`commands, ${round + 1} of ${rounds}`)
      alone.push(await timeOf(['-e', '0']))
      for (const [at, args] of measured.entries()) {
        seconds[at]?.push(await timeOf([millrace, ...args]))
      }
    }
    return [
      row('node -e 0', 'ms', 'less is better', { ours: alone }),
      ...measured.map((args, at) =>
        row(`millrace ${args[0]}`, 'ms', 'less is better', { ours: seconds[at] ?? [] }),
      ),
    ]
  } finally {
    await platform.end('SIGTERM')
  }
}

async function timeOf(args: readonly string[]): Promise<number> {
  const began = performance.now()
  const { code, error } = await runProgram(process.execPath, args)
  if (code !== 0) throw new Error(`\`node ${args.join(' ')}\` ended with ${code}: ${error}`)
  return performance.now() - began
}
