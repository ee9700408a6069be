import path from 'node:path'
import type { Host } from '@millrace/host'

/**
 * The cluster's id: drawn at the first start and kept in `meta.properties`, as Kafka keeps it.
 * 22 letters of base64 for 16 bytes.
 */
export function clusterIdOf(host: Host, directory: string, nodeId: number, given?: string): string {
  const file = path.join(directory, 'meta.properties')
  if (host.disk.exists(file)) {
    const kept = /^cluster\.id=(\S+)$/m.exec(host.disk.readFile(file).toString())?.[1]
    if (kept !== undefined) return kept
  }
  const clusterId = given ?? host.random.bytes(16).toString('base64url')
  host.disk.replaceFile(file, `version=1\ncluster.id=${clusterId}\nnode.id=${nodeId}\n`)
  return clusterId
}
