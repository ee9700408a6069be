import { Gateway } from '@millrace/gateway'
import { keepShortLivedYoung, realHost } from '@millrace/host'
import { LogClient } from '@millrace/log'
import { RegistryServer } from '@millrace/schema'
import { topicPolicy, trip } from './events.js'

// The gateway, and the registry beside it, over a broker that runs already:
// `node gateway-process.js PORT BOOTSTRAP SPOOL-FOLDER`.
const [port = '0', bootstrap = '', folder = ''] = process.argv.slice(2)
keepShortLivedYoung()
const client = await LogClient.connect({ host: realHost, bootstrap })
const anyPort = { host: '127.0.0.1', port: 0 }
const registry = await RegistryServer.start({ host: realHost, client, address: anyPort })
// The broker writes to the spool's disk. What the system holds back for half a minute it writes at
// once, and every sync of the spool waits for it.
const configs = { 'flush.ms': '500' }
for (const topic of ['trips', 'meanwhile']) {
  await client.createTopic(topic, { partitions: 4, configs })
}
await registry.registry.register('trips-value', { schema: JSON.stringify(trip) })
const gateway = await Gateway.start({
  host: realHost,
  client,
  registryUrl: registry.url,
  address: { host: '127.0.0.1', port: Number(port) },
  topics: () => topicPolicy,
  spoolFolder: folder,
  log: (line) => console.error(line),
})
process.on('SIGTERM', async () => {
  await gateway.close()
  process.exit()
})
