import type { Lane } from './paged-memory.js'

type Values = Uint8Array | Int32Array | Float64Array

/** An array with one value a place, of `stride` bytes; `array` gives the present one. */
export function laneOf(
  array: () => Values,
  reserve: (places: number) => void,
  stride = array().BYTES_PER_ELEMENT,
): Lane {
  return {
    stride,
    get bytes() {
      const { buffer, byteOffset, byteLength } = array()
      return new Uint8Array(buffer, byteOffset, byteLength)
    },
    reserve,
  }
}
