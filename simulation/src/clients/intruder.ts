import type { Host } from '@millrace/host'
import type { LogClient } from '@millrace/log'
import type { IntruderStep } from '../plan.js'
import { brokerAddress } from '../world.js'
import { ClientMachine } from './client-machine.js'

const noiseBytesMax = 400
const silentMs = 700

/** Somebody who connects and sends what is no request. The broker must not care. */
export class Intruder extends ClientMachine<IntruderStep> {
  protected async begin(_client: LogClient, _sender: string, host: Host) {
    return {
      step: async ({ kind }: IntruderStep) => {
        const stream = await host.network.connect(brokerAddress).catch(() => undefined)
        if (stream === undefined) return
        stream.on('error', () => {})
        stream.resume()
        stream.write(bytesOf(kind, host))
        await host.clock.sleep(silentMs)
        stream.destroy()
      },
      prove: async () => {},
    }
  }
}

function bytesOf(kind: IntruderStep['kind'], { random }: Host): Buffer {
  switch (kind) {
    case 'noise':
      return random.bytes(1 + random.below(noiseBytesMax))
    case 'cut-off': {
      // Says that it has 200 bytes, and sends fewer.
      const bytes = random.bytes(4 + random.below(100))
      bytes.writeInt32BE(200)
      return bytes
    }
    case 'huge': {
      const bytes = random.bytes(40)
      bytes.writeInt32BE(0x7fffffff)
      return bytes
    }
    case 'unknown-api': {
      const bytes = Buffer.alloc(14)
      bytes.writeInt32BE(10)
      bytes.writeInt16BE(random.below(0x7fff), 4)
      return bytes
    }
    case 'silent':
      return Buffer.alloc(1)
  }
}
