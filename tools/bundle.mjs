// Puts programs that are started again and again into a few files: `node tools/bundle.mjs FOLDER
// ENTRY …`. Each entry keeps its name, and what entries share lies beside them. To load the six
// hundred modules of a job costs Node more than twice as much as to load these. Packages of others
// stay where they are.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseSync } from 'oxc-parser'
import { rolldown } from 'rolldown'

const [folder, ...entries] = process.argv.slice(2)
const isOurs = (id) => id.startsWith('.') || id.startsWith('@millrace/') || path.isAbsolute(id)
const bundle = await rolldown({
  input: Object.fromEntries(entries.map((entry) => [path.basename(entry, '.js'), entry])),
  platform: 'node',
  external: (id) => !isOurs(id),
  logLevel: 'silent',
})
const { output } = await bundle.generate({
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'shared-[hash].js',
})
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
for (const { fileName, code } of output) {
  writeFileSync(path.join(folder, fileName), withFirstInstances(code))
}

/**
 * Makes each class keep the first of its instances. When V8's collector runs and no instance of a
 * class lives, V8 forgets what it knew of their shape, and with it all code that it has optimised
 * for them. What a step makes is gone when it ends, and each 64 MB of new buffers make the collector
 * run; so a job compiled the same functions again and again, for up to a third of its time.
 */
function withFirstInstances(code) {
  const { program, errors } = parseSync('bundle.js', code)
  if (errors.length > 0)
    throw new Error(`what was put together is no JavaScript: ${errors[0].message}`)
  const starts = classBodies(program).map(({ start }) => start)
  const names = starts.map((_, index) => `firstInstance${index}`)
  let text = names.length > 0 ? `var ${names.join(', ')};\n` : ''
  let from = 0
  starts.forEach((start, index) => {
    text += `${code.slice(from, start + 1)} #firstInstance = (${names[index]} ??= this);`
    from = start + 1
  })
  return text + code.slice(from)
}

/** In the order in which they stand in the text. */
function classBodies(node) {
  if (node === null || typeof node !== 'object') return []
  const inside = Object.values(node).flatMap(classBodies)
  return node.type === 'ClassBody' ? [node, ...inside] : inside
}
