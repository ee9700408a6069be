import { fileURLToPath } from 'node:url'
import type { Disk } from '@millrace/host'

/** The version of this package, from its package.json. */
export function version(disk: Disk): string {
  const file = fileURLToPath(new URL('../../package.json', import.meta.url))
  const manifest = JSON.parse(disk.readFile(file).toString('utf8')) as { version: string }
  return manifest.version
}
