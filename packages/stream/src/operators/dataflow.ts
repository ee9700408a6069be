import type { InsertNode, Plan, PlanNode, ScanNode } from '../plan/node.js'
import type { TableDefinition } from '../plan/table.js'
import type { ColumnBatch } from '../state/batch.js'
import type { OperatorChange } from '../state/entry.js'
import type { PaneStore } from '../state/panes.js'
import { Engine, type Statement } from './duckdb/engine.js'
import { leafOf, relationSql } from './duckdb/relation.js'
import { type OperatorLimits, operatorLimits } from './limits.js'
import { Source } from './source.js'
import { WindowAggregate } from './window-aggregate.js'

/**
 * A plan as operators: sources at the bottom, for each insert a chain of windows above one, and a
 * statement for what is stateless in between.
 *
 * `step` computes and changes nothing that lasts: what it returns is committed by the runtime, and
 * only then do the pane stores change. Whoever calls it must commit the changes, or discard the
 * dataflow, before the next step.
 */
export class Dataflow {
  readonly sources: readonly Source[]
  private readonly engine: Engine
  private readonly chains: readonly Chain[]

  private constructor(engine: Engine, sources: readonly Source[], chains: readonly Chain[]) {
    this.engine = engine
    this.sources = sources
    this.chains = chains
  }

  /** Throws an `OperatorError` for what cannot be run. */
  static async compile(plan: Plan, limits = operatorLimits): Promise<Dataflow> {
    const engine = await Engine.create()
    try {
      const sources = await compileSources(engine, plan)
      const chains: Chain[] = []
      for (const [index, insert] of plan.inserts.entries()) {
        chains.push(await compileChain(engine, sources, insert, index, limits))
      }
      return new Dataflow(engine, [...sources.values()], chains)
    } catch (error) {
      engine.close()
      throw error
    }
  }

  /** The state of each operator, by its name. */
  get panes(): ReadonlyMap<string, PaneStore> {
    const windows = this.chains.flatMap((chain) => chain.windows)
    return new Map(windows.map((window) => [window.name, window.panes]))
  }

  /**
   * Loads the batches that came (by source; none where nothing came) and answers the latest event
   * time of each partition in them. Comes before `step`.
   */
  async load(
    batches: ReadonlyMap<Source, ColumnBatch>,
  ): Promise<Map<Source, ReadonlyMap<number, number>>> {
    const times = new Map<Source, ReadonlyMap<number, number>>()
    for (const source of this.sources) {
      const batch = batches.get(source)
      if (batch === undefined || batch.rowCount === 0) {
        source.clear()
        continue
      }
      source.load(batch)
      times.set(source, await source.latestTimes())
    }
    return times
  }

  /** Runs what was loaded through the graph, under the watermark of each source after it. */
  async step(input: {
    loaded: ReadonlySet<Source>
    watermarkMs: ReadonlyMap<Source, number>
    drain: boolean
  }): Promise<StepOutcome> {
    const outputs: Output[] = []
    const changes: OperatorChange[] = []
    let late = 0
    let behind = false
    for (const chain of this.chains) {
      let hasInput = input.loaded.has(chain.source)
      let watermarkMs = input.watermarkMs.get(chain.source) ?? Number.NEGATIVE_INFINITY
      // Above a window that stopped early, draining must not close what is still to come.
      let drain = input.drain
      for (const window of chain.windows) {
        const result = await window.step({ hasInput, watermarkMs, drain })
        hasInput = result.hasOutput
        watermarkMs = result.watermarkMs
        late += result.late
        drain &&= !result.behind
        behind ||= result.behind
        changes.push(result.change)
      }
      if (hasInput) outputs.push({ insert: chain.insert, rows: await chain.output.run() })
    }
    return { outputs, changes, late, behind }
  }

  /** After the changes of a step were committed. */
  async settle(): Promise<void> {
    for (const source of this.sources) source.clear()
    for (const chain of this.chains) {
      for (const window of chain.windows) await window.compact()
    }
  }

  close(): void {
    this.engine.close()
  }
}

export interface Output {
  readonly insert: InsertNode
  readonly rows: ColumnBatch
}

export interface StepOutcome {
  readonly outputs: readonly Output[]
  readonly changes: readonly OperatorChange[]
  /** Records (of a first window) and rows (of one above another) that came too late. */
  readonly late: number
  /** More is due than one step may emit: step again before reading on. */
  readonly behind: boolean
}

/** One insert: the windows from the source upwards, and the statement that ends in its rows. */
interface Chain {
  readonly insert: InsertNode
  readonly source: Source
  readonly windows: readonly WindowAggregate[]
  readonly output: Statement
}

async function compileSources(engine: Engine, plan: Plan): Promise<Map<string, Source>> {
  const scans = new Map<string, { table: TableDefinition; scans: ScanNode[] }>()
  for (const insert of plan.inserts) {
    const scan = scanOf(insert.input)
    const known = scans.get(scan.table.name)
    if (known === undefined) scans.set(scan.table.name, { table: scan.table, scans: [scan] })
    else known.scans.push(scan)
  }
  const sources = new Map<string, Source>()
  for (const [name, { table, scans: all }] of scans) {
    const relation = `source_${sources.size}`
    sources.set(name, await Source.compile(engine, relation, table, all))
  }
  return sources
}

async function compileChain(
  engine: Engine,
  sources: ReadonlyMap<string, Source>,
  insert: InsertNode,
  index: number,
  limits: OperatorLimits,
): Promise<Chain> {
  const scan = scanOf(insert.input)
  const source = sources.get(scan.table.name)
  if (source === undefined) throw new RangeError(`no source ${scan.table.name}`)
  const windows: WindowAggregate[] = []
  const compileLeaf = async (node: PlanNode): Promise<string> => {
    const leaf = leafOf(node)
    if (leaf.kind === 'scan') return source.scanSql(leaf)
    const below = await compileLeaf(leaf.input)
    const name = `insert ${index + 1} into ${insert.table.name}, window ${windows.length + 1}`
    const relation = `window_${index}_${windows.length}`
    const inputSql = relationSql(leaf.input, () => below)
    const window = await WindowAggregate.compile(engine, name, relation, leaf, inputSql, limits)
    windows.push(window)
    return WindowAggregate.outputSql(leaf, window.closing.name)
  }
  const leafSql = await compileLeaf(insert.input)
  const output = await engine.statement(
    relationSql(insert.input, () => leafSql),
    insert.input.fields,
  )
  return { insert, source, windows, output }
}

/** Every node of this slice has one input, so below each insert there is one scan. */
function scanOf(node: PlanNode): ScanNode {
  const leaf = leafOf(node)
  return leaf.kind === 'scan' ? leaf : scanOf(leaf.input)
}
