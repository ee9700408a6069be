// Puts programs into a few files: `node tools/bundle.mjs FOLDER ENTRY …`. Each entry keeps its name,
// and what entries share, or load when they need it, lies beside them. To load the modules of a
// program one by one, ours and those of the packages that it uses, costs Node several times as much.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseSync } from 'oxc-parser'
import { rolldown } from 'rolldown'

/**
 * Stays in packages of its own: machine code, which cannot be put anywhere else, and what the
 * packages that are put together load when they need it, which is never.
 */
const apart = [
  ...['@duckdb/node-bindings', '@node-rs/crc32'],
  ...['pino', 'light-my-request', '@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler'],
]

const [folder, ...entries] = process.argv.slice(2)
const bundle = await rolldown({
  input: Object.fromEntries(entries.map((entry) => [path.basename(entry, '.js'), entry])),
  platform: 'node',
  external: apart,
  plugins: [{ name: 'first instances', transform: withFirstInstances }],
  logLevel: 'silent',
})
const { output } = await bundle.generate({
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
})
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
for (const { fileName, code } of output) writeFileSync(path.join(folder, fileName), code)

/**
 * Makes each class of ours keep the first of its instances. When V8's collector runs and no instance
 * of a class lives, V8 forgets what it knew of their shape, and with it all code that it has
 * optimised for them. What a step makes is gone when it ends, and each 64 MB of new buffers make the
 * collector run; so a job compiled the same functions again and again, for up to a third of its time.
 */
function withFirstInstances(code, file) {
  if (file.includes('node_modules')) return undefined
  const { program, errors } = parseSync(file, code)
  if (errors.length > 0) throw new Error(`${file} is no JavaScript: ${errors[0].message}`)
  const starts = classBodies(program).map(({ start }) => start)
  if (starts.length === 0) return undefined
  const names = starts.map((_, index) => `firstInstance${index}`)
  let text = `var ${names.join(', ')};\n`
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
