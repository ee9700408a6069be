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

const tables = await Promise.all([upsertTable, rowsTable].map((spec) => store.table(spec)))
for (const table of tables) await table.ensureColumns(historyColumns)

const [latest, allRows] = tables
for (let unfinished = true; unfinished; ) {
  unfinished = false
  for (const table of tables) {
    const offset = table.positions.get(0) ?? 0
    const end = Math.min(history.length, offset + 1 + cuts.below(40))
    if (offset === end) continue
    unfinished = true
    const batch = new ChangeBatch()
    for (const change of history.slice(offset, end)) {
      batch.add(table === latest ? change : { ...change, kind: 'set', key: undefined })
    }
    await table.apply(batch, new Map([[0, end]]))
    if (table === allRows) stdout.write(`${end}\n`)
  }
}
for (const table of tables) table.close()
store.close()
stdout.write('done\n')
