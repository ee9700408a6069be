import { clustersMax } from '../limits.js'
import type { Mapping } from './mapping.js'

/** The cluster that is always there: pipelines, tables and the gateway work on it. */
export const mainCluster = 'main'

/** One of a project's further clusters: a broker of its own, with its own id, port and folder. */
export interface ClusterSpec {
  name: string
  description?: string
  /** Where it listens; 0 means any free port. */
  port: number
}

const clusterName = /^[a-z0-9][a-z0-9-]{0,62}$/

/** Reads `clusters` of `millrace.yaml`; `mainPort` is where the main one listens. */
export function readClusters(yaml: Mapping | undefined, mainPort: number): ClusterSpec[] {
  if (yaml === undefined) return []
  const names = yaml.keys()
  if (names.length > clustersMax) {
    yaml.problem('', `there are ${names.length} clusters; ${clustersMax} can run in one process`)
  }
  const clusters = names.map((name, at) => {
    const each = yaml.mapping(name)
    if (name === mainCluster) {
      yaml.problem(
        name,
        `\`${mainCluster}\` is the cluster that is always there`,
        'Its port is `kafka` under `ports`.',
      )
    } else if (!clusterName.test(name)) {
      yaml.problem(
        name,
        `\`${name}\` cannot be a cluster's name`,
        'Use small letters, digits and `-`.',
      )
    }
    const description = each?.text('description')
    const portDefault = mainPort === 0 ? 0 : mainPort + 1 + at
    const port = each?.integer('port', { min: 0, max: 65_535 }) ?? portDefault
    each?.end()
    return { name, ...(description === undefined ? {} : { description }), port }
  })
  yaml.end()
  return clusters
}
