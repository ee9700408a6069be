import { realHost } from '@millrace/host'
import { Broker } from '../src/broker/broker.js'

// A broker in a process of its own, to be killed: `node broker-child.js DIRECTORY PORT
// OPTIONS`, the last of them in JSON.
const [directory = '', port = '0', options = '{}'] = process.argv.slice(2)
const broker = await Broker.start({
  host: realHost,
  directory,
  address: { host: '127.0.0.1', port: Number(port) },
  log: (line) => console.error(line),
  ...JSON.parse(options),
})
console.log(broker.address.port)
// Ends with the process that started it, however that ends.
process.stdin.on('end', () => process.exit())
process.stdin.resume()
