import type { KernelFormat } from '../kernel/kernel.js'

/** JSON objects in the kernel, which takes none that lacks a field where that is refused. */
export function jsonInKernel(refuseMissing: boolean): KernelFormat {
  return {
    begin: (kernel, targetCount) => kernel.beginJson(targetCount, refuseMissing),
    decode: (kernel, shift, first, count) => kernel.decodeJson(shift, first, count),
  }
}
