import { kernelInputBytesMax, kernelRowsMax, kernelTargetsMax } from './limits.js'
import { kernelModule } from './module.js'
import type { TargetType } from './target.js'

/** Functions of `assembly/index.ts`; addresses are bytes from the start of memory. */
interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  memoryStart(): number
  begin(targets: number, count: number, seen: number, refuseMissing: number): void
  decode(shift: number, starts: number, ends: number, count: number): number
  beginAvro(targets: number, targetCount: number, steps: number, stepCount: number): void
  decodeAvro(shift: number, starts: number, ends: number, count: number): number
  gather(spans: number, rows: number, ends: number, heap: number): number
}

/** Bytes of a `Target`, and of a name that was seen; `assembly/target.ts`, `assembly/json.ts`. */
const targetBytes = 64
const seenBytes = 64 * 64
/** A field of an Avro schema; the steps lie where names that were seen do. */
export const avroStepBytes = 4
export const avroStepsMax = seenBytes / avroStepBytes
/** What the kernel may read or write beyond the end of bytes. */
const slackBytes = 64

/** What the kernel does with records of a format. */
export interface KernelFormat {
  /** Says what there is to read, once the targets are loaded. */
  begin(kernel: Kernel, targetCount: number): void
  /** Reads `count` records that lie in memory, `shift` behind where `starts` and `ends` say from `first` on. */
  decode(kernel: Kernel, shift: number, first: number, count: number): number
}

/** A wanted field, as the kernel knows it. */
export interface TargetMemory {
  /** Where its values begin. */
  readonly values: number
  readonly width: number
  /** Where its bits begin: 1 where a row has a value. All are 1 before a call. */
  readonly valid: number
  /** Where it counts the rows without a value, as an element of `words`. */
  readonly nullsAt: number
}

/**
 * The kernel in WebAssembly that reads records into columns, with memory of its own: bytes of records
 * are copied in, a block at a time, and columns are copied out. Its memory never grows, so that views
 * of it hold. A thread has one, which whoever uses it `load`s first.
 */
export class Kernel {
  static #shared: Kernel | undefined

  readonly bytes: Uint8Array<ArrayBuffer>
  readonly words: Uint32Array
  readonly starts: number
  readonly ends: number
  readonly input: number
  /** Texts that were gathered, and where each begins. */
  readonly heap: number
  readonly heapEnds: number
  readonly #view: DataView
  readonly #exports: KernelExports
  readonly #targets: number
  readonly #seen: number
  /** From here on memory belongs to the targets. */
  readonly #free: number
  #owner: unknown

  private constructor() {
    const module = new WebAssembly.Module(Buffer.from(kernelModule, 'base64'))
    const { exports } = new WebAssembly.Instance(module)
    this.#exports = exports as KernelExports
    const { buffer } = this.#exports.memory
    this.bytes = new Uint8Array(buffer)
    this.words = new Uint32Array(buffer)
    this.#view = new DataView(buffer)
    const memory = new Allocation(this.#exports.memoryStart())
    this.#targets = memory.take(kernelTargetsMax * targetBytes)
    this.#seen = memory.take(seenBytes)
    this.starts = memory.take(kernelRowsMax * 4)
    this.ends = memory.take(kernelRowsMax * 4)
    this.input = memory.take(kernelInputBytesMax)
    this.heap = memory.take(kernelInputBytesMax)
    this.heapEnds = memory.take((kernelRowsMax + 1) * 4)
    this.#free = memory.at
  }

  static shared(): Kernel {
    Kernel.#shared ??= new Kernel()
    return Kernel.#shared
  }

  isLoadedBy(owner: unknown): boolean {
    return this.#owner === owner
  }

  /** Makes ready for an owner's fields. What is in memory is theirs until another loads. */
  load(
    owner: unknown,
    fields: readonly { readonly nameBytes: Uint8Array; readonly type: TargetType }[],
    format: KernelFormat,
  ): TargetMemory[] {
    this.#owner = owner
    const memory = new Allocation(this.#free)
    const targets = fields.map((field, index) => this.#put(index, field, memory))
    if (memory.at > this.bytes.length) throw new RangeError('the fields do not fit the kernel')
    format.begin(this, fields.length)
    return targets
  }

  /** Copies bytes to `input`, where they fit, and answers where they are now. */
  stage(bytes: Buffer): Buffer | undefined {
    if (bytes.length > kernelInputBytesMax) return undefined
    this.bytes.set(bytes, this.input)
    return Buffer.from(this.bytes.buffer, this.input, bytes.length)
  }

  holds(bytes: Buffer): boolean {
    return bytes.buffer === this.bytes.buffer
  }

  /** See `assembly/json.ts`. */
  beginJson(targetCount: number, refuseMissing: boolean): void {
    this.bytes.fill(0, this.#seen, this.#seen + seenBytes)
    this.#exports.begin(this.#targets, targetCount, this.#seen, refuseMissing ? 1 : 0)
  }

  decodeJson(shift: number, first: number, count: number): number {
    return this.#exports.decode(shift, this.starts + first * 4, this.ends + first * 4, count)
  }

  /** See `assembly/avro.ts`; there is room for as many steps as `avroStepsMax` says. */
  beginAvro(targetCount: number, steps: Uint8Array): void {
    this.bytes.set(steps, this.#seen)
    const count = steps.length / avroStepBytes
    this.#exports.beginAvro(this.#targets, targetCount, this.#seen, count)
  }

  decodeAvro(shift: number, first: number, count: number): number {
    return this.#exports.decodeAvro(shift, this.starts + first * 4, this.ends + first * 4, count)
  }

  /** Puts the texts of these spans side by side into `heap`, and answers their bytes. */
  gather(spans: number, rows: number): number {
    return this.#exports.gather(spans, rows, this.heapEnds, this.heap)
  }

  /** Writes a `Target` of `assembly/target.ts`, in the order of its fields. */
  #put(
    index: number,
    { nameBytes, type }: { readonly nameBytes: Uint8Array; readonly type: TargetType },
    memory: Allocation,
  ): TargetMemory {
    const view = this.#view
    const at = this.#targets + index * targetBytes
    const name = memory.take(nameBytes.length)
    const values = memory.take(kernelRowsMax * type.width)
    const valid = memory.take(kernelRowsMax / 8)
    this.bytes.set(nameBytes, name)
    this.bytes.fill(0xff, valid, valid + kernelRowsMax / 8)
    view.setInt32(at, type.kind, true)
    view.setInt32(at + 4, type.width, true)
    view.setUint32(at + 8, name, true)
    view.setInt32(at + 12, nameBytes.length, true)
    view.setUint32(at + 16, values, true)
    view.setUint32(at + 20, valid, true)
    view.setInt32(at + 24, 0, true)
    view.setInt32(at + 28, type.scale ?? 0, true)
    view.setUint8(at + 32, type.separator ?? 0)
    view.setUint8(at + 33, type.isInstant ? 1 : 0)
    view.setBigInt64(at + 40, type.low ?? 0n, true)
    view.setBigInt64(at + 48, type.high ?? 0n, true)
    return { values, width: type.width, valid, nullsAt: (at + 24) / 4 }
  }
}

/** Hands out memory from a place on, each part at 64 bytes and with some room behind it. */
class Allocation {
  at: number

  constructor(at: number) {
    this.at = at
  }

  take(bytes: number): number {
    const taken = this.at
    this.at = Math.ceil((taken + bytes + slackBytes) / 64) * 64
    return taken
  }
}
