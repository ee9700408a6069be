import { crc32 } from 'node:zlib'
import { type Disk, DiskError } from '@millrace/host'
import { StateError } from './errors.js'
import { pieceBytesMax, piecesUnderWayMax, readsUnderWayMax } from './limits.js'

/** Where bytes lie: the number of a piece, the first byte in it, how many, and their CRC-32. */
export type Extent = readonly [piece: number, offset: number, bytes: number, checksum: number]

/** Bytes that are wanted, and the memory that they fill, one part after another. */
export interface WantedExtent {
  readonly extent: Extent
  readonly targets: readonly Uint8Array[]
}

interface Piece {
  readonly number: number
  memory: Buffer
  bytes: number
}

/**
 * The files that the memory of a job's states lies in: `piece-N`, numbered in the order in which
 * they were begun. A piece is put together in memory, written once, synced, and never changed; it
 * goes when nothing in it is wanted any more. What lies where, a manifest says (`snapshot.ts`).
 *
 * Invariants. Not more than `piecesUnderWayMax` pieces and the open one are in memory: what is more
 * is written at once, while whoever adds it waits. What was added can be read at once, wherever it is; it survives a power
 * cut after `sync`.
 */
export class Pieces {
  private readonly disk: Disk
  private readonly directory: string
  private next = 0
  private open: Piece | undefined
  /** Those that are not synced yet; without their memory where the file has all of it. */
  private readonly underWay = new Map<number, { piece?: Piece; written: Promise<void> }>()
  /** Memory of pieces that were written, for those to come. */
  private readonly spare: Buffer[] = []
  private failure: unknown
  /** Pieces of which so little is wanted that it is written anew. */
  sparse: ReadonlySet<number> = new Set()
  /** Bytes that were added so far. */
  addedBytes = 0

  constructor(disk: Disk, directory: string) {
    this.disk = disk
    this.directory = directory
    for (const name of disk.list(directory)) {
      const number = numberOf(name)
      if (number !== undefined) this.next = Math.max(this.next, number + 1)
    }
  }

  /** Adds so many bytes, which `fill` writes into the memory that it is given. */
  add(bytes: number, fill: (target: Uint8Array) => void): Extent {
    if (this.failure !== undefined) throw this.failure
    if (this.open !== undefined && this.open.bytes + bytes > pieceBytesMax) this.seal()
    this.open ??= { number: this.next++, memory: this.spare.pop() ?? Buffer.alloc(0), bytes: 0 }
    const { open } = this
    const offset = open.bytes
    if (offset + bytes > open.memory.length) {
      const wanted = Math.min(pieceBytesMax, (offset + bytes) * 2)
      const memory = Buffer.allocUnsafeSlow(Math.max(offset + bytes, wanted))
      open.memory.copy(memory, 0, 0, offset)
      open.memory = memory
    }
    const target = open.memory.subarray(offset, offset + bytes)
    fill(target)
    open.bytes += bytes
    this.addedBytes += bytes
    return [open.number, offset, bytes, crc32(target)]
  }

  /** Whether whoever can wait should. */
  get isBusy(): boolean {
    return this.underWay.size >= piecesUnderWayMax
  }

  /** Resolves when nothing is written any more. */
  async close(): Promise<void> {
    await Promise.all([...this.underWay.values()].map(({ written }) => written))
  }

  /** Resolves when there is room for more. */
  async notBusy(): Promise<void> {
    while (this.isBusy) {
      await Promise.race([...this.underWay.values()].map(({ written }) => written))
    }
    if (this.failure !== undefined) throw this.failure
  }

  /** Resolves when all that was added survives a power cut, but for the names of the files. */
  async sync(): Promise<void> {
    this.seal()
    while (this.underWay.size > 0) {
      await Promise.all([...this.underWay.values()].map(({ written }) => written))
    }
    if (this.failure !== undefined) throw this.failure
  }

  /** Throws a `StateError` where the bytes are damaged, and why where they could not be written. */
  read(extent: Extent): Buffer {
    if (this.failure !== undefined) throw this.failure
    const [number, offset, bytes] = extent
    const piece = this.open?.number === number ? this.open : this.underWay.get(number)?.piece
    if (piece !== undefined) return Buffer.from(piece.memory.subarray(offset, offset + bytes))
    const target = Buffer.allocUnsafeSlow(bytes)
    const file = this.openPiece(number)
    try {
      const got = file.read(offset, target)
      this.check(extent, got, [target])
    } finally {
      file.close()
    }
    return target
  }

  /** Fills all that is wanted, several pieces at a time. Throws as `read`. */
  async readAll(wanted: readonly WantedExtent[]): Promise<void> {
    const byPiece = new Map<number, WantedExtent[]>()
    for (const each of wanted) {
      const others = byPiece.get(each.extent[0])
      if (others === undefined) byPiece.set(each.extent[0], [each])
      else others.push(each)
    }
    const pieces = byPiece.entries()
    const readers = Array.from({ length: readsUnderWayMax }, async () => {
      for (const [number, extents] of pieces) await this.readPiece(number, extents)
    })
    await Promise.all(readers)
  }

  /** Removes all pieces but these, and those that are not on disk yet. */
  keepOnly(live: ReadonlySet<number>): void {
    for (const name of this.disk.list(this.directory)) {
      const number = numberOf(name)
      if (number === undefined || live.has(number)) continue
      if (number === this.open?.number || this.underWay.has(number)) continue
      this.disk.remove(`${this.directory}/${name}`)
    }
  }

  /** What lies side by side is read at once. */
  private async readPiece(number: number, wanted: WantedExtent[]): Promise<void> {
    wanted.sort((left, right) => left.extent[1] - right.extent[1])
    const file = this.openPiece(number)
    try {
      for (let from = 0; from < wanted.length; ) {
        const [, start] = (wanted[from] as WantedExtent).extent
        let to = from
        let end = start
        while (to < wanted.length && wanted[to]?.extent[1] === end) {
          end += wanted[to++]?.extent[2] ?? 0
        }
        // Two that begin at one byte are empty, or damage.
        if (to === from) throw this.damaged(number, start)
        const run = wanted.slice(from, to)
        const parts = run.flatMap(({ targets }) => targets)
        const got = start + (await file.readInBackground(start, parts))
        for (const { extent, targets } of run) {
          this.check(extent, Math.min(extent[2], got - extent[1]), targets)
        }
        from = to
      }
    } finally {
      file.close()
    }
  }

  private check(extent: Extent, got: number, parts: readonly Uint8Array[]): void {
    const [number, offset, bytes, checksum] = extent
    const sum = parts.reduce((before, part) => crc32(part, before), 0)
    if (got !== bytes || sum !== checksum) throw this.damaged(number, offset)
  }

  private damaged(number: number, offset: number): StateError {
    const path = this.pathOf(number)
    return new StateError('SNAPSHOT_DAMAGED', `${path}: the checksum at byte ${offset} differs`)
  }

  private openPiece(number: number) {
    const path = this.pathOf(number)
    try {
      return this.disk.open(path, { readOnly: true })
    } catch (cause) {
      if (!(cause instanceof DiskError) || cause.code !== 'ENOENT') throw cause
      throw new StateError('SNAPSHOT_DAMAGED', `${path} is not there`)
    }
  }

  private seal(): void {
    const piece = this.open
    if (piece === undefined) return
    this.open = undefined
    const atOnce = this.isBusy
    const written = this.write(piece, atOnce).finally(() => {
      this.underWay.delete(piece.number)
    })
    this.underWay.set(piece.number, { ...(!atOnce && { piece }), written })
  }

  /** Never rejects: what fails, all that come later are told. */
  private async write(piece: Piece, atOnce: boolean): Promise<void> {
    try {
      const file = this.disk.open(this.pathOf(piece.number), { create: true })
      try {
        const content = piece.memory.subarray(0, piece.bytes)
        if (atOnce) {
          file.write(0, content)
          this.giveBack(piece)
        } else await file.writeInBackground(0, content)
        await file.sync()
      } finally {
        file.close()
      }
    } catch (error) {
      this.failure ??= error
    }
    if (!atOnce) this.giveBack(piece)
  }

  private giveBack({ memory }: Piece): void {
    const isUsual = memory.length <= pieceBytesMax
    if (isUsual && this.spare.length < piecesUnderWayMax) this.spare.push(memory)
  }

  private pathOf(number: number): string {
    return `${this.directory}/piece-${number}`
  }
}

function numberOf(name: string): number | undefined {
  const digits = /^piece-(\d+)$/.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}
