/** The entry of the process that makes typed events of raw topics. */
import { Conversion, type ConversionMetrics, type ConversionSpec } from '@millrace/converter'
import { realHost } from '@millrace/host'
import { LogClient } from '@millrace/log'
import { serveChild } from './child.js'

export interface ConverterConfig {
  bootstrap: string
  registryUrl: string
  conversions: ConversionSpec[]
}

/** What the supervisor may ask of the converter. */
export type ConverterMethods = {
  start: (config: ConverterConfig) => Promise<void>
  metrics: () => ConversionMetrics[]
  stop: () => Promise<void>
}

let conversions: Conversion[] = []
let client: LogClient | undefined

const tell = serveChild({
  async start({ bootstrap, registryUrl, conversions: specs }: ConverterConfig) {
    const host = realHost
    const log = (line: string) => tell.line(line)
    const connected = await LogClient.connect({ host, bootstrap, clientId: 'millrace-converter' })
    client = connected
    conversions = specs.map((spec) => {
      const conversion = Conversion.start({ host, client: connected, registryUrl, spec, log })
      conversion.done.catch((cause: Error) => tell.fail(cause.message))
      return conversion
    })
  },
  metrics: () => conversions.map((conversion) => conversion.metrics()),
  async stop() {
    await Promise.all(conversions.map((conversion) => conversion.stop()))
    await client?.close()
  },
} satisfies ConverterMethods)
