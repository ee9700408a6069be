/**
 * A process to be killed: applies the seeded history to the store in the given folder, from where
 * the last commit left off, in batches of random sizes, and says `done` when all is applied.
 */
import { argv, stdout } from 'node:process'
import { realHost, seededRandom } from '@millrace/host'
import { ChangeBatch, TableStore } from '@millrace/olap'
import { historyColumns, historyOf, rowsTable, upsertTable } from './history.js'

const [, , directory = '', seed = '0'] = argv
const history = historyOf(Number(seed))
const cuts = seededRandom(realHost.random.uint32())
const store = await TableStore.open({ host: realHost, directory })

for (const spec of [upsertTable, rowsTable]) {
  const table = await store.table(spec)
  await table.ensureColumns(historyColumns)
  let offset = table.positions.get(0) ?? 0
  while (offset < history.length) {
    const end = Math.min(history.length, offset + 1 + cuts.below(40))
    const batch = new ChangeBatch()
    for (const change of history.slice(offset, end)) {
      batch.add(spec.upsert ? change : { ...change, kind: 'set', key: undefined })
    }
    await table.apply(batch, new Map([[0, end]]))
    offset = end
    if (end % 3 === 0) stdout.write(`${spec.name} ${end}\n`)
  }
  table.close()
}
store.close()
stdout.write('done\n')
