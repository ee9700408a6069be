// A role with a thread of its pool busy for a long time, as a long query keeps one.
import { pbkdf2 } from 'node:crypto'
import { serveChild } from '../src/roles/child.js'

serveChild({
  work: () => pbkdf2('password', 'salt', 1_000_000_000, 64, 'sha512', () => {}),
})
process.send?.('ready')
