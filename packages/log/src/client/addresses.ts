import type { Address } from '@millrace/host'
import { KafkaError } from '../errors.js'

/** Reads `host:port,host:port`; an IPv6 host stands in brackets. */
export function parseBootstrap(text: string): Address[] {
  const addresses = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(part)
      const host = match?.[1] ?? match?.[2]
      const port = Number(match?.[3])
      if (host === undefined || port > 65_535) {
        throw new KafkaError('INVALID_REQUEST', `bootstrap address '${part}'`, {
          detail: 'An address is written host:port, several with commas between them.',
        })
      }
      return { host, port }
    })
  if (addresses.length === 0) {
    throw new KafkaError('INVALID_REQUEST', 'bootstrap addresses', {
      detail: 'At least one host:port is needed.',
    })
  }
  return addresses
}

export function addressText(address: Address): string {
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`
}
