import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { freePorts, Server } from './server.js'

/** Our broker, not started yet, with an empty data folder. */
export async function embeddedBroker(): Promise<Server> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-ours-'))
  const [port = 0] = await freePorts(1)
  const entry = path.join(import.meta.dirname, 'broker-process.js')
  const args = [entry, path.join(folder, 'log'), String(port)]
  return new Server({ name: 'Millrace', program: process.execPath, args, port, folder })
}
