import { realHost } from '@millrace/host'
import { Broker } from '@millrace/log/broker'

// The broker as `millrace up` starts it, but in a process of its own, so that its time and memory
// can be told from the rest: `node broker-process.js DIRECTORY PORT`.
const [directory = '', port = '0'] = process.argv.slice(2)
const broker = await Broker.start({
  host: realHost,
  directory,
  address: { host: '127.0.0.1', port: Number(port) },
  log: (line) => console.error(line),
})
process.on('SIGTERM', async () => {
  await broker.close()
  process.exit()
})
