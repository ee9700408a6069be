/**
 * The kernel as WebAssembly, in base64: built out of `packages/stream/assembly` into
 * `dist/src/formats/kernel/module.js` by `tools/prepare.mjs`.
 */
export const kernelModule: string
