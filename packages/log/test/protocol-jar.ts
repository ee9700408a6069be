import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { kafkaJars, kafkaVersion } from './apache-kafka.js'

/** A message definition as it stands in the kafka-clients jar under `common/message/`. */
export interface JarMessage {
  apiKey: number
  name: string
  validVersions: string
  flexibleVersions: string
  latestVersionUnstable?: boolean
  fields: JarField[]
  commonStructs?: { name: string; fields: JarField[] }[]
}

export interface JarField {
  name: string
  type: string
  versions: string
  nullableVersions?: string
  taggedVersions?: string
  tag?: number
  default?: unknown
  fields?: JarField[]
}

/** Where the jar is: MILLRACE_KAFKA_CLIENTS_JAR, or where `tools/kafka-jars.mjs` puts it. */
export function findJar(): string | undefined {
  const jar =
    process.env.MILLRACE_KAFKA_CLIENTS_JAR || join(kafkaJars, `kafka-clients-${kafkaVersion}.jar`)
  return existsSync(jar) ? jar : undefined
}

/** The message definitions of a jar, by name: `ProduceRequest`. */
export function readMessages(jar: string): Map<string, JarMessage> {
  const messages = new Map<string, JarMessage>()
  for (const { name, text } of zipEntries(readFileSync(jar), /^common\/message\/.*\.json$/)) {
    const json = text()
      .replaceAll(/^\s*\/\/.*$/gm, '')
      .replaceAll(/\s\/\/.*$/gm, '')
    const message = JSON.parse(json) as JarMessage
    if (message.name) messages.set(message.name, message)
    else throw new Error(`${name} in ${jar} is not a message definition`)
  }
  return messages
}

/** Reads a zip file by its central directory, as APPNOTE.TXT 4.3.12 lays it out. */
function* zipEntries(zip: Buffer, wanted: RegExp): Generator<{ name: string; text(): string }> {
  const end = zip.lastIndexOf(Buffer.from('504b0506', 'hex'))
  const count = zip.readUInt16LE(end + 10)
  let at = zip.readUInt32LE(end + 16)
  for (let i = 0; i < count; i++) {
    const method = zip.readUInt16LE(at + 10)
    const packedBytes = zip.readUInt32LE(at + 20)
    const nameBytes = zip.readUInt16LE(at + 28)
    const local = zip.readUInt32LE(at + 42)
    const name = zip.toString('utf8', at + 46, at + 46 + nameBytes)
    at += 46 + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
    if (!wanted.test(name)) continue
    const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const packed = zip.subarray(from, from + packedBytes)
    yield { name, text: () => (method === 0 ? packed : inflateRawSync(packed)).toString() }
  }
}
