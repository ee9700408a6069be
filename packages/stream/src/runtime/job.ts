import type { Host } from '@millrace/host'
import { LogClient } from '@millrace/log'
import { RegistryClient } from '@millrace/schema/client'
import { Dataflow } from '../operators/dataflow.js'
import { operatorLimits } from '../operators/limits.js'
import type { Source } from '../operators/source.js'
import { isTopicTable } from '../plan/connector.js'
import { scansOf } from '../plan/node.js'
import type { InsertNode, Plan } from '../plan/plan.js'
import { StateStore } from '../state/store.js'
import { takeoverText } from '../state/takeover.js'
import { Bell } from './bell.js'
import { finishAbandoned, publishFiles } from './files/file-publisher.js'
import { LateTopic } from './late-records.js'
import { stepRecordsMax } from './limits.js'
import { LookupTables } from './lookup-tables.js'
import type { JobMetrics } from './metrics.js'
import { openReader } from './open-reader.js'
import type { Print } from './print-sink.js'
import { Publisher } from './publisher.js'
import type { Reader } from './reader.js'
import type { ShowChange } from './result-sink.js'
import { openSink, type Sink } from './sink.js'
import { StepLoop } from './step-loop.js'

export interface JobOptions {
  host: Host
  /** Also names its consumer group and transactional id: `millrace.<name>`. */
  name: string
  plan: Plan
  /** Where its state lives; no other process may use it. */
  directory: string
  /** The log's brokers, `host:port` with commas between. */
  bootstrap: string
  registryUrl: string
  /** Where not given, each result is published exactly once, unless all sinks ask for less. */
  guarantee?: Guarantee
  /** Records after which a step takes no further batch; smaller steps answer sooner and cost more. */
  stepRecordsMax?: number
  /** The folder of a savepoint to begin from; it counts where the job has no state of its own. */
  savepoint?: string
  /**
   * Whether what was kept for another version of the script, and fits this one no more, may be
   * lost. Otherwise the job does not start.
   */
  mayLoseState?: boolean
  /**
   * Rows of windows that wait go to disk when the state takes so many bytes in memory; a share of what
   * it may take by default.
   */
  spillFromBytes?: number
  /** Ends the wait for a broker that does not answer: `start` rejects with its reason. */
  signal?: AbortSignal
  /** One line about what happened, for whoever watches. */
  log?: (line: string) => void
  /** Where tables of the connector 'print' go; the log by default. */
  print?: Print
  /** Where the changes of a query on its own go; nowhere by default. */
  show?: ShowChange
}

export type Guarantee = 'exactly-once' | 'at-least-once'

/**
 * One plan, running: reads its topics, steps, publishes, exactly once whatever happens to the
 * process. What it has done is on disk; a job that died is started again with the same options
 * and goes on.
 */
export class Job {
  /** Resolves when it was stopped or drained; rejects with why it died. */
  readonly done: Promise<void>
  private readonly loop: StepLoop

  private constructor(loop: StepLoop, release: () => Promise<void>) {
    this.loop = loop
    this.done = loop.run().finally(release)
    // Whoever does not look at `done` must not be ended by it.
    this.done.catch(() => {})
  }

  /** Resolves when it is about to take its first step; rejects with why it cannot. */
  static async start(options: JobOptions): Promise<Job> {
    const { host, plan, name, directory, bootstrap, registryUrl, log = () => {} } = options
    const print = options.print ?? log
    const show = options.show ?? (() => {})
    const releases: (() => unknown)[] = []
    const release = async () => {
      for (const each of releases.splice(0).reverse()) {
        try {
          await each()
        } catch (error) {
          log(`ending job ${name}: ${error instanceof Error ? error.message : error}`)
        }
      }
    }
    try {
      const dataflow = await Dataflow.compile(plan, operatorLimits, () => host.random.float())
      releases.push(() => dataflow.close())
      const savepoint = options.savepoint ?? plan.recovery?.savepoint
      const store = await StateStore.open(host.disk, directory, dataflow.states, {
        description: dataflow.description,
        nowMs: host.clock.now(),
        ...(plan.stateBytesMax !== undefined && { bytesMax: plan.stateBytesMax }),
        ...(savepoint !== undefined && { savepoint }),
        ...(options.spillFromBytes !== undefined && { spillFromBytes: options.spillFromBytes }),
        mayLose: options.mayLoseState ?? plan.recovery?.mayLose ?? false,
        onTakeover: (takeover) => {
          for (const line of takeoverText(takeover).split('\n')) log(`the changed script ${line}`)
        },
      })
      releases.push(() => store.close())
      const client = usesTopics(plan)
        ? await LogClient.connect({
            ...{ host, bootstrap, clientId: `millrace.${name}` },
            ...(options.signal && { signal: options.signal }),
          })
        : undefined
      releases.push(() => client?.close())
      const registry = new RegistryClient(registryUrl, { clock: host.clock })
      const schemas = {
        byId: (id: number) => registry.byId(id),
        register: (subject: string, schema: string, type: 'AVRO' | 'JSON') => {
          return registry.register(subject, schema, type)
        },
      }

      const guarantee = options.guarantee ?? guaranteeOf(plan)
      const publisher =
        client &&
        (await Publisher.open({ host, client, name, log, guarantee, anchor: anchorOf(plan) }))
      releases.push(() => publisher?.close())
      const standing = journalStanding(store)
      if (standing.lastOutbox?.epoch === standing.epoch) {
        await publishFiles(host.disk, standing.lastOutbox.parts)
      }
      await store.begin(await publisher?.recover(standing))

      const sinks = new Map<InsertNode, Sink>()
      for (const [index, insert] of plan.inserts.entries()) {
        const { table } = insert
        const sink = `insert ${index + 1} into ${table.name}`
        const { random } = host
        const { openFiles } = store.standing
        sinks.set(
          insert,
          await openSink({ table, client, schemas, print, show, sink, random, openFiles }),
        )
      }
      const kept = [...sinks.values()].flatMap((sink) => sink.openFiles?.() ?? [])
      finishAbandoned(host.disk, store.standing.openFiles, kept)
      const lookups = await LookupTables.load(host, dataflow)
      const lateTopics = new Map<Source, LateTopic>()
      for (const source of dataflow.sources) {
        const lateTopic = await LateTopic.open(source, client)
        if (lateTopic !== undefined) lateTopics.set(source, lateTopic)
      }
      const bell = new Bell()
      const readers: Reader[] = []
      for (const source of dataflow.sources) {
        const reader = await openReader({
          host,
          client,
          source,
          schemas,
          positions: store.standing.positions,
          log,
          onArrival: () => bell.ring(),
        })
        releases.push(() => reader.close())
        readers.push(reader)
      }
      const loop = new StepLoop({
        host,
        dataflow,
        store,
        publisher,
        sinks,
        lateTopics,
        lookups,
        readers,
        bell,
        stepRecordsMax: options.stepRecordsMax ?? stepRecordsMax,
      })
      return new Job(loop, release)
    } catch (error) {
      await release()
      throw error
    }
  }

  /**
   * What would become of the state that is there if a job were started, a line each; none where
   * there is none, or where it stays as it is. Changes nothing; throws where it would not start.
   */
  static async checkState(
    options: Pick<JobOptions, 'host' | 'plan' | 'directory' | 'savepoint' | 'mayLoseState'>,
  ): Promise<readonly string[]> {
    const { host, plan, directory } = options
    const savepoint = options.savepoint ?? plan.recovery?.savepoint
    const dataflow = await Dataflow.compile(plan)
    try {
      const change = StateStore.check(host.disk, directory, {
        description: dataflow.description,
        ...(savepoint !== undefined && { savepoint }),
        mayLose: options.mayLoseState ?? plan.recovery?.mayLose ?? false,
      })
      return change === undefined ? [] : takeoverText(change).split('\n')
    } finally {
      dataflow.close()
    }
  }

  metrics(): JobMetrics {
    return this.loop.metrics()
  }

  /**
   * Reads to the inputs' present ends, closes all windows, commits, ends. A job that was drained
   * may be started again: what comes then for a window that was given out is late.
   */
  async drain(): Promise<void> {
    // The job may end with a failure while it is still being told to end.
    await Promise.all([this.loop.drain(), this.done])
  }

  /**
   * Writes all that it remembers into a folder, from which this script or a changed one may begin,
   * under any name. Resolves when it is on disk; the job goes on.
   */
  async savepoint(directory: string): Promise<void> {
    await this.loop.savepoint(directory)
  }

  /** Ends between two steps, and leaves a savepoint of where it ended. */
  async stopWithSavepoint(directory: string): Promise<void> {
    const written = this.loop.savepoint(directory)
    this.loop.stop()
    await Promise.all([written, this.done])
  }

  /** Ends between two steps; open windows stay open in its state. */
  async stop(): Promise<void> {
    this.loop.stop()
    await this.done
  }
}

function usesTopics({ inserts }: Plan): boolean {
  return inserts.some(({ table, input }) => {
    return isTopicTable(table) || scansOf(input).some((scan) => isTopicTable(scan.table))
  })
}

/** The topic that the epoch is kept beside, where the job reads none: one that it writes. */
function anchorOf({ inserts }: Plan): string | undefined {
  const table = inserts.map((insert) => insert.table).find(isTopicTable)
  return table === undefined ? undefined : (table.options.get('topic') ?? table.name)
}

/** `sink.delivery-guarantee`: what one sink asks for, all of them get. */
function guaranteeOf(plan: Plan): Guarantee {
  const topics = plan.inserts.filter(({ table }) => isTopicTable(table))
  const asked = topics.map(({ table }) => table.options.get('sink.delivery-guarantee'))
  const isLess = (each: string | undefined) => each === 'at-least-once' || each === 'none'
  return asked.length > 0 && asked.every(isLess) ? 'at-least-once' : 'exactly-once'
}

function journalStanding(store: StateStore) {
  const { epoch, positions, lastOutbox } = store.standing
  const { isRewound } = store
  if (lastOutbox === undefined) return { epoch, positions, isRewound }
  const { entry } = lastOutbox
  return {
    epoch,
    positions,
    isRewound,
    lastOutbox: { epoch: entry.epoch, parts: entry.outbox, positions: entry.positions },
  }
}
