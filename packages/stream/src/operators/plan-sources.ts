import { lookupsOf, type ScanNode, scansOf } from '../plan/node.js'
import type { Plan } from '../plan/plan.js'
import type { Engine } from './duckdb/engine.js'
import { Source } from './source.js'

/** The tables that a plan reads, by their names: each once for all inserts together. */
export interface PlanSources {
  readonly streamed: ReadonlyMap<string, Source>
  /** Those that are looked up. */
  readonly lookedUp: ReadonlyMap<string, Source>
}

export async function compileSources(engine: Engine, plan: Plan): Promise<PlanSources> {
  const inputs = plan.inserts.map(({ input }) => input)
  return {
    streamed: await compiled(engine, 'source', inputs.flatMap(scansOf)),
    lookedUp: await compiled(engine, 'lookup', inputs.flatMap(lookupsOf)),
  }
}

async function compiled(
  engine: Engine,
  relation: string,
  scans: readonly ScanNode[],
): Promise<ReadonlyMap<string, Source>> {
  const byTable = new Map<string, ScanNode[]>()
  for (const scan of scans) {
    const known = byTable.get(scan.table.name)
    if (known === undefined) byTable.set(scan.table.name, [scan])
    else known.push(scan)
  }
  const sources = new Map<string, Source>()
  for (const [name, ofTable] of byTable) {
    const [first] = ofTable
    if (first === undefined) continue
    const place = `${relation}_${sources.size}`
    sources.set(name, await Source.compile(engine, place, first.table, ofTable))
  }
  return sources
}
