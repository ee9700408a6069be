import type { Column } from '../../state/column.js'
import { DecodeError } from '../errors.js'
import type { BlockDecoder, RecordBlock } from '../format.js'
import { Kernel, type KernelFormat, type TargetMemory } from './kernel.js'
import {
  kernelInputBytesMax,
  kernelRefusalsMax,
  kernelRowsMax,
  kernelTargetsMax,
} from './limits.js'
import { type TargetType, targetKind } from './target.js'

/** A wanted field: for those that the kernel only finds, `convert` puts the value into the column. */
export interface BlockTarget {
  readonly nameBytes: Uint8Array
  readonly column: Column
  readonly type: TargetType
  readonly convert?: (bytes: Buffer, start: number, end: number, escaped: boolean) => void
}

/**
 * Reads many records at once with the kernel. It takes what most records are; the first that
 * it does not take, be it rare or wrong, ends what is read, and is for the decoder that reads one
 * record at a time. So answers and errors are that decoder's, whatever the kernel can do.
 */
export class KernelBlockReader implements BlockDecoder {
  private readonly kernel = Kernel.shared()
  private readonly targets: readonly BlockTarget[]
  private readonly format: KernelFormat
  private memory: readonly TargetMemory[] = []
  private block: RecordBlock | undefined
  /** The records of the block that lie in the kernel. */
  private first = 0
  private last = 0
  /** What is to be added to a place in the block's bytes for the same in the kernel's memory. */
  private shift = 0
  /** How often in a row the next record of the block was none for the kernel. */
  private refusals = 0

  private constructor(targets: readonly BlockTarget[], format: KernelFormat) {
    this.targets = targets
    this.format = format
  }

  /** Undefined where there are more fields than the kernel fills. */
  static of(targets: readonly BlockTarget[], format: KernelFormat): KernelBlockReader | undefined {
    const canRead = targets.length <= kernelTargetsMax
    return canRead ? new KernelBlockReader(targets, format) : undefined
  }

  stage(bytes: Buffer): Buffer {
    return this.kernel.stage(bytes) ?? bytes
  }

  decode(block: RecordBlock, from: number): number {
    if (block !== this.block) this.begin(block)
    let next = from
    while (next < block.count && this.refusals < kernelRefusalsMax) {
      if (next >= this.last || !this.kernel.isLoadedBy(this)) this.load(block, next)
      const wanted = this.last - next
      const made = wanted === 0 ? 0 : this.readLoaded(block, next, wanted)
      next += made
      this.refusals = made === 0 ? this.refusals + 1 : 0
      if (made < wanted || wanted === 0) break
    }
    return next - from
  }

  private begin(block: RecordBlock): void {
    this.block = block
    this.first = 0
    this.last = 0
    this.refusals = 0
  }

  /** Copies records from `first` on into the kernel, as many as it holds. */
  private load({ bytes, starts, ends, count }: RecordBlock, first: number): void {
    const { kernel } = this
    if (!kernel.isLoadedBy(this)) {
      this.memory = kernel.load(this, this.targets, this.format)
    }
    const isStaged = kernel.holds(bytes)
    const origin = starts[first] ?? 0
    const lastMax = Math.min(count, first + kernelRowsMax)
    let last = first
    if (isStaged) last = lastMax
    else while (last < lastMax && (ends[last] as number) - origin <= kernelInputBytesMax) last++
    this.first = first
    this.last = last
    this.shift = isStaged ? bytes.byteOffset : kernel.input - origin
    if (last === first) return
    if (!isStaged) kernel.bytes.set(bytes.subarray(origin, ends[last - 1]), kernel.input)
    kernel.words.set(starts.subarray(first, last), kernel.starts / 4)
    kernel.words.set(ends.subarray(first, last), kernel.ends / 4)
  }

  private readLoaded(block: RecordBlock, first: number, count: number): number {
    const { kernel, targets, memory } = this
    const read = this.format.decode(kernel, this.shift, first - this.first, count)
    if (read === 0) return 0
    const before = targets[0]?.column.length ?? 0
    let rows = read
    targets.forEach((target, index) => {
      if (target.type.kind !== targetKind.span) return
      rows = this.convert(target, memory[index] as TargetMemory, block, rows)
    })
    targets.forEach((target, index) => {
      const each = memory[index] as TargetMemory
      if (target.type.kind === targetKind.span) target.column.truncate(before + rows)
      else this.copy(target, each, rows)
      this.forgetNulls(each)
    })
    return rows
  }

  /** Puts values into a column that the kernel has only found; answers for how many rows this went well. */
  private convert(
    { column, convert }: BlockTarget,
    memory: TargetMemory,
    { bytes }: RecordBlock,
    rows: number,
  ): number {
    const { shift } = this
    const { words } = this.kernel
    const first = memory.values / 4
    for (let row = 0; row < rows; row++) {
      const start = words[first + row * 2] as number
      const end = words[first + row * 2 + 1] as number
      if (start === 0) {
        column.pushNull()
        continue
      }
      const isEscaped = end >= escapedBit
      try {
        convert?.(bytes, start - shift, (isEscaped ? end - escapedBit : end) - shift, isEscaped)
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error
        return row
      }
    }
    return rows
  }

  private copy({ column }: BlockTarget, memory: TargetMemory, rows: number): void {
    const { kernel } = this
    const { values, width } = memory
    const before = column.length
    if (column.kind === 'fixed') {
      column.pushBlock(kernel.bytes.subarray(values, values + rows * width), rows)
    } else {
      kernel.gather(values, rows)
      const ends = kernel.words.subarray(kernel.heapEnds / 4, kernel.heapEnds / 4 + rows + 1)
      column.pushBlock(kernel.bytes.subarray(kernel.heap), ends, 0, rows)
    }
    if (kernel.words[memory.nullsAt] === 0) return
    for (let row = 0; row < rows; row++) {
      const bits = kernel.bytes[memory.valid + (row >>> 3)] as number
      if (((bits >>> (row & 7)) & 1) === 0) column.validity.set(before + row, false)
    }
  }

  private forgetNulls({ nullsAt, valid }: TargetMemory): void {
    const { bytes, words } = this.kernel
    if (words[nullsAt] === 0) return
    words[nullsAt] = 0
    bytes.fill(0xff, valid, valid + kernelRowsMax / 8)
  }
}

/** Marks the end of a string with escapes: `escapedBit` in `assembly/target.ts`. */
const escapedBit = 0x80000000
