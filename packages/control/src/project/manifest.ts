import type { CallerPolicy } from '@millrace/gateway'
import { readCallers } from './callers.js'
import { type ClusterSpec, readClusters } from './cluster.js'
import type { Mapping } from './mapping.js'

/** Where each role listens; 0 means any free port. */
export interface Ports {
  kafka: number
  registry: number
  gateway: number
  query: number
  console: number
  /** Of the clusters beside the main one, by name. */
  clusters: Record<string, number>
}

/** A role that listens: a key of `ports` in `millrace.yaml`. */
export type PortName = (typeof portNames)[number]

export const portNames = ['kafka', 'registry', 'gateway', 'query', 'console'] as const

export const portsDefault: Readonly<Record<PortName, number>> = {
  kafka: 9092,
  registry: 8081,
  gateway: 8082,
  query: 8083,
  console: 8080,
}

/** `millrace.yaml`: what holds for the whole project. */
export interface Manifest {
  name: string
  description?: string
  ports: Ports
  /** Beside the main one. */
  clusters: ClusterSpec[]
  /** Origins of web pages that may send events; undefined for those of this machine. */
  origins?: string[]
  /** How much each caller of the gateway may send; undefined for as much as it likes. */
  callers?: CallerPolicy
  /** Where everything that the project stores lives, relative to its folder. */
  data: string
}

export const manifestFile = 'millrace.yaml'

/** Reads `millrace.yaml`; what is left out has a default. */
export function readManifest(yaml: Mapping, folderName: string): Manifest {
  const name = yaml.text('name') ?? folderName
  const description = yaml.text('description')
  const data = yaml.text('data') ?? '.millrace'
  const ports = { ...portsDefault }
  const portsYaml = yaml.mapping('ports')
  for (const port of portNames) {
    ports[port] = portsYaml?.integer(port, { min: 0, max: 65_535 }) ?? portsDefault[port]
  }
  portsYaml?.end()
  const gateway = yaml.mapping('gateway')
  const origins = gateway?.names('origins')
  checkOrigins(gateway, origins ?? [])
  const callers = readCallers(gateway?.mapping('limits'))
  gateway?.end()
  const clusters = readClusters(yaml.mapping('clusters'), ports.kafka)
  yaml.end()
  return {
    name,
    ...(description === undefined ? {} : { description }),
    ports: {
      ...ports,
      clusters: Object.fromEntries(clusters.map((cluster) => [cluster.name, cluster.port])),
    },
    clusters,
    ...(origins === undefined ? {} : { origins }),
    ...(callers === undefined ? {} : { callers }),
    data,
  }
}

/** An origin as a browser writes it, `*` for a part of the host or for the port; or `*`. */
const originForm = /^(?:\*|[a-z][a-z0-9+.-]*:\/\/[^/\s]+)$/

function checkOrigins(gateway: Mapping | undefined, origins: readonly string[]): void {
  const wrong = origins.find((origin) => !originForm.test(origin))
  if (wrong === undefined) return
  const hint = 'Write it like `https://shop.example`, without a path.'
  gateway?.problem('origins', `\`${wrong}\` is not an origin`, hint)
}
