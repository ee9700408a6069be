/** What is used of WebAssembly: the types of Node do not have it, and those of a browser are not loaded. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array)
  }
  class Instance {
    readonly exports: unknown
    constructor(module: Module)
  }
}
