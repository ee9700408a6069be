import type { Disk } from '@millrace/host'
import type { FindRecordEnd } from '../../formats/file-format.js'
import { JobError } from '../errors.js'
import { fileChunkBytes, fileRecordBytesMax } from '../limits.js'

/** The records of one file, from a place on, a chunk at a time. */
export class FileRecords {
  /** The next record begins there. */
  offset: number
  private readonly path: string
  private readonly disk: Disk
  private readonly findEnd: FindRecordEnd
  private chunk = Buffer.alloc(0)
  /** Where in the file the chunk begins. */
  private chunkOffset: number
  private size: number

  constructor(disk: Disk, path: string, offset: number, findEnd: FindRecordEnd) {
    this.disk = disk
    this.path = path
    this.offset = offset
    this.chunkOffset = offset
    this.findEnd = findEnd
    this.size = this.withFile((file) => file.size())
  }

  get isAtEnd(): boolean {
    return this.offset >= this.size
  }

  get sizeBytes(): number {
    return this.size
  }

  /** Calls `take` with the next record; false at the end of the file. */
  next(take: (bytes: Buffer, start: number, end: number) => void): boolean {
    if (this.isAtEnd) return false
    for (let wanted = fileChunkBytes; ; wanted *= 2) {
      const start = this.offset - this.chunkOffset
      const isWhole = this.chunkOffset + this.chunk.length >= this.size
      const end =
        start < this.chunk.length
          ? this.findEnd(this.chunk, start, this.chunk.length, isWhole)
          : undefined
      if (end !== undefined) {
        take(this.chunk, start, end)
        this.offset = this.chunkOffset + end
        return true
      }
      if (wanted > fileRecordBytesMax) {
        throw new JobError(
          'RECORD_UNREADABLE',
          `${this.path}: the record at byte ${this.offset} is longer than ${fileRecordBytesMax} bytes`,
        )
      }
      this.load(Math.max(wanted, (this.chunk.length - start) * 2))
      if (this.chunk.length === 0) return false
    }
  }

  private load(bytes: number): void {
    this.chunk = this.withFile((file) => {
      const chunk = Buffer.allocUnsafe(Math.min(bytes, this.size - this.offset))
      return chunk.subarray(0, file.read(this.offset, chunk))
    })
    this.chunkOffset = this.offset
    // Where the file was cut meanwhile, it ends there.
    if (this.chunk.length === 0) this.size = this.offset
  }

  private withFile<Result>(use: (file: ReturnType<Disk['open']>) => Result): Result {
    const file = this.disk.open(this.path, { readOnly: true })
    try {
      return use(file)
    } finally {
      file.close()
    }
  }
}
