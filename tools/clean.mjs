// Removes what building made; dependencies stay.
import { readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const places = readdirSync(path.join(root, 'packages')).map((name) => path.join('packages', name))
for (const place of [...places, 'simulation', 'test', 'benchmarks']) {
  rmSync(path.join(root, place, 'dist'), { recursive: true, force: true })
}
