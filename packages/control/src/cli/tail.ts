import { realHost } from '@millrace/host'
import { Command, Option } from 'commander'
import { controlErrors } from '../errors.js'
import { mainCluster } from '../project/cluster.js'
import { closest } from '../project/spelling.js'
import { localHost } from '../supervise/ports.js'
import { interruptSignal } from './interrupt.js'
import { clusterPort, findRunning, projectOption, urlOf } from './running.js'
import { terminal } from './terminal.js'

interface TailOptions {
  project: string
  from: 'earliest' | 'latest'
  to?: 'latest'
  limit?: string
  cluster: string
  json?: boolean
}

/** `millrace tail TOPIC` */
export function tailCommand(): Command {
  return new Command('tail')
    .summary('print the records of a topic as they come')
    .description('Prints the records of a topic as they come, decoded, until Ctrl-C.')
    .argument('<topic>')
    .addOption(
      new Option('--from <place>', 'where to begin')
        .choices(['earliest', 'latest'])
        .default('latest'),
    )
    .addOption(
      new Option('--to <place>', 'where to end: at the last record that is there now').choices([
        'latest',
      ]),
    )
    .option('--cluster <name>', 'of which cluster', mainCluster)
    .option('--limit <n>', 'end after so many records')
    .addOption(projectOption())
    .option('--json', 'print each record with key, headers and position, one JSON document a line')
    .addHelpText(
      'after',
      `
Examples:
  $ millrace tail trips
  $ millrace tail area_surge --from earliest --limit 5
  $ millrace tail orders --from earliest --to latest
  $ millrace tail trips.exceptions --from earliest --json`,
    )
    .action(tail)
}

async function tail(topic: string, options: TailOptions): Promise<void> {
  const limit = readLimit(options.limit)
  const run = findRunning(options.project)
  const { Fetcher, LogClient, decodeRecords } = await import('@millrace/log')
  const { RegistryClient } = await import('@millrace/schema')
  const { jsonLine, RecordPrinter } = await import('../events/print.js')
  const bootstrap = `${localHost}:${clusterPort(run, options.cluster)}`
  const client = await LogClient.connect({ host: realHost, bootstrap, clientId: 'millrace-tail' })
  try {
    const [found] = await client.topics([topic])
    if (found === undefined) {
      const names = (await client.topics()).map((each) => each.name)
      throw controlErrors.topicUnknown(topic, unknownTopicHint(topic, names))
    }
    const positions = await Promise.all(
      Array.from({ length: found.partitions }, async (_, partition) => {
        return {
          topic,
          partition,
          offset: await client.listOffsets(topic, partition, options.from),
        }
      }),
    )
    // Beyond it nothing is committed. What lies before it may be hidden, so that no count of records
    // says when all were read: of a transaction that was aborted, or the marker that ended it.
    const ends = await Promise.all(
      positions.map(({ partition }) => {
        return client.listOffsets(topic, partition, 'latest', 'read_committed')
      }),
    )
    const fetcher = new Fetcher(client, { isolation: 'read_committed' })
    fetcher.assign(positions)
    const isAtEnd = () => ends.every((end, partition) => fetcher.position(topic, partition) >= end)
    const printer = new RecordPrinter(new RegistryClient(urlOf(run, 'registry')))
    const signal = interruptSignal()
    const hint =
      options.from === 'latest'
        ? '`--from earliest` begins at the first'
        : '`--to latest` ends here'
    let isTold = options.json === true
    let printed = 0
    while (printed < limit && !signal.aborted) {
      if (isAtEnd()) {
        if (options.to === 'latest') break
        if (!isTold) terminal.err(`Waiting for new records of ${topic}; ${hint}.`)
        isTold = true
      }
      const fetched = await fetcher.poll(signal).catch((cause: unknown) => {
        if (signal.aborted) return []
        throw cause
      })
      for (const { partition, batches, startOffset } of fetched) {
        for (const record of batches.flatMap(decodeRecords)) {
          if (record.offset < startOffset || printed >= limit) continue
          const line = await printer.print(partition, record)
          terminal.out(jsonLine(options.json ? line : line.value))
          printed++
        }
      }
    }
  } finally {
    await client.close()
  }
}

function unknownTopicHint(topic: string, names: readonly string[]): string {
  const near = closest(topic, names)
  if (near !== undefined) return `Did you mean \`${near}\`?`
  return `Write topics/${topic}.yaml, then \`millrace apply\`.`
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw controlErrors.badOption(`--limit: \`${text}\` must be a whole number from 1 on.`)
}
