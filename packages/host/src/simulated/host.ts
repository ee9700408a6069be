import { sleepOn } from '../clock.js'
import type { Disk, DiskFile } from '../disk.js'
import type { Host } from '../host.js'
import type { Network } from '../network.js'
import { type Random, seededRandom } from '../random.js'
import type { SimulatedClock } from './clock.js'
import { SimulatedDisk } from './disk.js'
import type { SimulatedNetwork } from './network.js'

/** What a program that was killed meets when it goes on all the same. */
export class ProcessKilled extends Error {
  constructor(machine: string) {
    super(`The process on ${machine} was killed.`)
    this.name = 'ProcessKilled'
  }
}

export interface SimulatedHostOptions {
  /** The machine's name, which is the host of its addresses. */
  name: string
  clock: SimulatedClock
  network: SimulatedNetwork
  random: Random
}

/**
 * A machine on which one program at a time runs, and which can lose that program or its power.
 *
 * Invariants: what `start` gives works until the next `kill` or `cutPower`. After that its timers
 * do not fire, its connections are mute, its waits do not end, and a call to its disk throws
 * `ProcessKilled`: nothing that a killed program still does reaches anything.
 */
export class SimulatedHost {
  readonly name: string
  readonly disk: SimulatedDisk
  readonly #clock: SimulatedClock
  readonly #network: SimulatedNetwork
  readonly #random: Random
  #life: Life | undefined
  #aheadMs = 0

  constructor({ name, clock, network, random }: SimulatedHostOptions) {
    this.name = name
    this.disk = new SimulatedDisk({ clock, random: seededRandom(random.uint32()) })
    this.#clock = clock
    this.#network = network
    this.#random = random
  }

  /** Whether a program runs on it. */
  get isRunning(): boolean {
    return this.#life !== undefined
  }

  /** The host of a new program. Precondition: none runs. */
  start(): Host {
    if (this.#life !== undefined) throw new Error(`A process runs on ${this.name} already.`)
    const life = new Life(this.name)
    this.#life = life
    return {
      clock: {
        now: () => this.#clock.now() + this.#aheadMs,
        monotonic: () => this.#clock.monotonic(),
        after: (delayMs, action) =>
          this.#clock.after(delayMs, () => {
            if (!life.isOver) action()
          }),
        sleep(delayMs, signal) {
          return sleepOn(this, delayMs, signal)
        },
      },
      disk: diskOf(life, this.disk),
      network: networkOf(life, this.#network.on(this.name)),
      random: seededRandom(this.#random.uint32()),
    }
  }

  /** The program is gone; what it wrote is there. */
  kill(): void {
    if (this.#life === undefined) return
    this.#life.isOver = true
    this.disk.releaseLocks()
    this.#life = undefined
    this.#network.stop(this.name)
  }

  /** The program is gone, and with it what it did not sync. */
  cutPower(): void {
    this.kill()
    this.disk.crash()
  }

  /**
   * Calls `end` (which is to kill the program or cut the power) in the middle of its
   * `changes`-th change to the disk from now on, or from the first one on to a path for which
   * `isNear`: half of it is done.
   */
  endAtChange(changes: number, end: () => void, isNear: (path: string) => boolean = always): void {
    if (this.#life !== undefined) this.#life.ending = { left: changes, end, isNear }
  }

  /** Sets the machine's time of day on, or back. */
  jumpClock(byMs: number): void {
    this.#aheadMs += byMs
  }
}

const always = () => true

/** The time between a program's start and its end. */
class Life {
  isOver = false
  ending: { left: number; end: () => void; isNear: (path: string) => boolean } | undefined
  readonly #machine: string

  constructor(machine: string) {
    this.#machine = machine
  }

  check(): void {
    if (this.isOver) throw new ProcessKilled(this.#machine)
  }

  /** Makes a change to the disk, or only half of it when the end has come. */
  change<Result>(path: string, whole: () => Result, half: () => void = () => {}): Result {
    this.check()
    const { ending } = this
    if (ending === undefined || !ending.isNear(path)) return whole()
    ending.isNear = always
    if (--ending.left > 0) return whole()
    half()
    this.ending = undefined
    ending.end()
    throw new ProcessKilled(this.#machine)
  }

  /** What the promise gives; never, when the life is over by then. */
  async wait<Result>(promise: Promise<Result>): Promise<Result> {
    try {
      return await promise
    } finally {
      if (this.isOver) await new Promise<never>(() => {})
    }
  }
}

function diskOf(life: Life, disk: SimulatedDisk): Disk {
  const alive = <Result>(look: () => Result): Result => {
    life.check()
    return look()
  }
  return {
    open: (path, options) =>
      fileOf(
        life,
        path,
        options?.create
          ? life.change(path, () => disk.open(path, options))
          : alive(() => disk.open(path, options)),
      ),
    readFile: (path) => alive(() => disk.readFile(path)),
    replaceFile: (path, bytes) => life.change(path, () => disk.replaceFile(path, bytes)),
    replaceFileInBackground: async (path, bytes) => {
      life.check()
      await life.wait(Promise.resolve())
      life.change(path, () => disk.replaceFile(path, bytes))
    },
    exists: (path) => alive(() => disk.exists(path)),
    kind: (path) => alive(() => disk.kind(path)),
    modifiedMs: (path) => alive(() => disk.modifiedMs(path)),
    list: (path) => alive(() => disk.list(path)),
    makeDirectory: (path) => life.change(path, () => disk.makeDirectory(path)),
    rename: (from, to) => life.change(from, () => disk.rename(from, to)),
    remove: (path) => life.change(path, () => disk.remove(path)),
    removeInBackground: async (path) => {
      life.check()
      await life.wait(Promise.resolve())
      life.change(path, () => disk.remove(path))
    },
    syncDirectory: (path) => life.change(path, () => disk.syncDirectory(path)),
    lock: (path) => alive(() => disk.lock(path)),
    space: (path) => alive(() => disk.space(path)),
  }
}

function fileOf(life: Life, path: string, file: DiskFile): DiskFile {
  return {
    size: () => file.size(),
    read: (position, target) => {
      life.check()
      return file.read(position, target)
    },
    write: (position, bytes) =>
      life.change(
        path,
        () => file.write(position, bytes),
        () => file.write(position, bytes.subarray(0, bytes.length >> 1)),
      ),
    readInBackground: async (position, targets) => {
      life.check()
      return life.wait(file.readInBackground(position, targets))
    },
    writeInBackground: async (position, bytes) => {
      await life.wait(Promise.resolve())
      life.change(
        path,
        () => file.write(position, bytes),
        () => file.write(position, bytes.subarray(0, bytes.length >> 1)),
      )
    },
    truncate: (size) => life.change(path, () => file.truncate(size)),
    sync: async () => life.change(path, () => life.wait(file.sync())),
    close: () => file.close(),
  }
}

function networkOf(life: Life, network: Network): Network {
  return {
    listen: async (address, accept) => {
      life.check()
      return life.wait(network.listen(address, accept))
    },
    connect: async (address, options) => {
      life.check()
      const stream = await network.connect(address, options)
      // Nobody is there any more to take it.
      if (life.isOver) stream.destroy()
      return life.wait(Promise.resolve(stream))
    },
  }
}
