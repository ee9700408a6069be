// Compiles the kernel (AssemblyScript) into a JavaScript module that holds it as base64:
// `node tools/kernel.mjs FOLDER MODULE`. The options are in the folder's `asconfig.json`.
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import asc from 'assemblyscript/asc'

const [folder, module] = process.argv.slice(2)
const written = new Map()
const { error, stderr } = await asc.main(
  ['index.ts', '--config', 'asconfig.json', '--baseDir', folder, '--target', 'release'],
  { writeFile: (name, contents) => written.set(name, contents) },
)
if (error !== null) {
  process.stderr.write(`${stderr.toString()}${error.message}\n`)
  process.exit(1)
}
const [binary] = [...written.values()].filter((contents) => typeof contents !== 'string')
const text = `export const kernelModule =\n  '${Buffer.from(binary).toString('base64')}'\n`
mkdirSync(path.dirname(module), { recursive: true })
writeFileSync(module, text)
