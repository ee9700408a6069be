/**
 * Files as a gzipped tar in the format of npm's packages (POSIX ustar, everything below
 * `package/`). Times and owners are fixed, so that the same files give the same bytes.
 */
import { gzipSync } from 'node:zlib'
import type { BindingFile } from './bindings.js'

const blockBytes = 512

export function archive(files: readonly BindingFile[]): Buffer {
  const blocks = files.flatMap(({ path, text }) => {
    const content = Buffer.from(text)
    const padding = Buffer.alloc((blockBytes - (content.length % blockBytes)) % blockBytes)
    return [header(`package/${path}`, content.length), content, padding]
  })
  return withoutSystem(
    gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]), { level: 9 }),
  )
}

function header(name: string, size: number): Buffer {
  if (Buffer.byteLength(name) > 100) throw new Error(`${name} is too long a name for an archive.`)
  const block = Buffer.alloc(blockBytes)
  const octal = (value: number, width: number) => value.toString(8).padStart(width - 1, '0')
  block.write(name, 0)
  block.write(octal(0o644, 8), 100)
  block.write(octal(0, 8), 108)
  block.write(octal(0, 8), 116)
  block.write(octal(size, 12), 124)
  block.write(octal(modifiedSeconds, 12), 136)
  block.write('        ', 148)
  block.write('0', 156)
  block.write('ustar\x0000', 257, 'latin1')
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${octal(sum, 7)}\0 `, 148)
  return block
}

/** npm's own fixed time, 1985-10-26: zip files cannot hold an earlier one. */
const modifiedSeconds = 499_162_500

/** Byte 9 of gzip names the system that wrote it (RFC 1952); 255 is none. */
function withoutSystem(gzip: Buffer): Buffer {
  gzip[9] = 255
  return gzip
}
