// What the kernel offers to `src/formats/kernel/`.

export { beginAvro, decodeAvro } from './avro'
export { gather } from './gather'
export { begin, decode } from './json'

/** Where memory begins that is the caller's. */
export function memoryStart(): usize {
  return (__heap_base + 63) & ~63
}
