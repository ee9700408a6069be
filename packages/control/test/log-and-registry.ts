import type { TestContext } from 'node:test'
import { realHost } from '@millrace/host'
import { LogClient } from '@millrace/log'
import { Broker } from '@millrace/log/broker'
import { RegistryServer } from '@millrace/schema'
import { temporaryFolder } from './folder.js'

const address = { host: '127.0.0.1', port: 0 }

/** A broker and a registry, for the time of a test. */
export async function logAndRegistry(
  t: TestContext,
): Promise<{ connect: () => Promise<LogClient>; registry: RegistryServer; kafkaPort: number }> {
  const host = realHost
  const broker = await Broker.start({ host, directory: temporaryFolder(t), address })
  const bootstrap = `127.0.0.1:${broker.address.port}`
  const clients: LogClient[] = []
  const connect = async () => {
    const client = await LogClient.connect({ host, bootstrap })
    clients.push(client)
    return client
  }
  const registry = await RegistryServer.start({ host, client: await connect(), address })
  t.after(async () => {
    await registry.close()
    for (const client of clients) await client.close()
    await broker.close()
  })
  return { connect, registry, kafkaPort: broker.address.port }
}
