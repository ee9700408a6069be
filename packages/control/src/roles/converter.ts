/** The entry of the process that makes typed events of raw topics. */
import { Conversion, type ConversionMetrics } from '@millrace/converter'
import { realHost } from '@millrace/host'
import { LogClient } from '@millrace/log'
import type { ProjectConversion } from '../project/conversions.js'
import { serveChild } from './child.js'

export interface ConverterConfig {
  /** Of the clusters that conversions are on, by name. */
  bootstraps: Record<string, string>
  registryUrl: string
  conversions: ProjectConversion[]
}

/** What the supervisor may ask of the converter. */
export type ConverterMethods = {
  start: (config: ConverterConfig) => Promise<void>
  metrics: () => ConversionMetrics[]
  stop: () => Promise<void>
}

let conversions: Conversion[] = []
const clients = new Map<string, LogClient>()

const tell = serveChild({
  async start({ bootstraps, registryUrl, conversions: specs }: ConverterConfig) {
    const host = realHost
    const log = (line: string) => tell.line(line)
    for (const [cluster, bootstrap] of Object.entries(bootstraps)) {
      const clientId = 'millrace-converter'
      clients.set(cluster, await LogClient.connect({ host, bootstrap, clientId }))
    }
    conversions = specs.map((spec) => {
      const client = clients.get(spec.cluster)
      if (client === undefined) throw new Error(`There is no cluster ${spec.cluster}.`)
      const conversion = Conversion.start({ host, client, registryUrl, spec, log })
      conversion.done.catch((cause: Error) => tell.fail(cause.message))
      return conversion
    })
  },
  metrics: () => conversions.map((conversion) => conversion.metrics()),
  async stop() {
    await Promise.all(conversions.map((conversion) => conversion.stop()))
    for (const client of clients.values()) await client.close()
  },
} satisfies ConverterMethods)
