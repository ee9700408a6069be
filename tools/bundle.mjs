// Puts programs that are started again and again into a few files: `node tools/bundle.mjs FOLDER
// ENTRY …`. Each entry keeps its name, and what entries share lies beside them. To load the six
// hundred modules of a job costs Node more than twice as much as to load these. Packages of others
// stay where they are.
import { rmSync } from 'node:fs'
import path from 'node:path'
import { rolldown } from 'rolldown'

const [folder, ...entries] = process.argv.slice(2)
const isOurs = (id) => id.startsWith('.') || id.startsWith('@millrace/') || path.isAbsolute(id)
const bundle = await rolldown({
  input: Object.fromEntries(entries.map((entry) => [path.basename(entry, '.js'), entry])),
  platform: 'node',
  external: (id) => !isOurs(id),
  logLevel: 'silent',
})
rmSync(folder, { recursive: true, force: true })
await bundle.write({
  dir: folder,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'shared-[hash].js',
})
