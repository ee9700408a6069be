import type { Disk } from '@millrace/host'
import { packageFile } from './installation.js'

/** The version of this package, from its package.json. */
export function version(disk: Disk): string {
  const manifest = JSON.parse(disk.readFile(packageFile).toString('utf8')) as { version: string }
  return manifest.version
}
