const mappedPrefix = '::ffff:'

/** How Kafka tells the address of a client: with a slash, and an IPv4 one never within an IPv6. */
export function clientAddress(host: string): string {
  return `/${host.startsWith(mappedPrefix) ? host.slice(mappedPrefix.length) : host}`
}
