import type { Mapping } from './mapping.js'

/** Where each role listens; 0 means any free port. */
export interface Ports {
  kafka: number
  registry: number
  gateway: number
  query: number
  console: number
}

export const portNames = ['kafka', 'registry', 'gateway', 'query', 'console'] as const

export const portsDefault: Ports = {
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
  yaml.end()
  return { name, ...(description === undefined ? {} : { description }), ports, data }
}
