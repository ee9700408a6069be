import { Duplex } from 'node:stream'
import type { Clock, Disk, DiskFile, Host, Network } from '@millrace/host'

/** What a killed process says for the rest of its time; nothing of it reaches the outside. */
export class Killed extends Error {}

/**
 * A host whose process can be killed at any moment: from then on no byte of it reaches the disk or
 * the network, and whatever waits fails. Moments are counted: each write to a connection and each
 * write and sync of a file is two of them, just before it and just after.
 */
export class KillableHost implements Host {
  readonly clock: Clock
  readonly disk: Disk
  readonly network: Network
  readonly random: Host['random']
  /** Moments passed. */
  moments = 0
  private readonly killAt: number
  private dead = false
  private readonly connections = new Set<Duplex>()

  constructor(inner: Host, killAt = Number.POSITIVE_INFINITY) {
    this.killAt = killAt
    this.random = inner.random
    this.clock = this.mortalClock(inner.clock)
    this.disk = this.mortalDisk(inner.disk)
    this.network = this.mortalNetwork(inner.network)
  }

  get killed(): boolean {
    return this.dead
  }

  kill(): void {
    this.dead = true
    for (const connection of this.connections) connection.destroy()
  }

  /** One moment passes; throws when the process is dead. */
  private moment(): void {
    if (this.moments++ >= this.killAt) this.kill()
    if (this.dead) throw new Killed('killed')
  }

  private mortalClock(inner: Clock): Clock {
    return {
      now: () => inner.now(),
      monotonic: () => inner.monotonic(),
      after: (delayMs, action) => inner.after(delayMs, action),
      sleep: async (delayMs, signal) => {
        if (this.dead) throw new Killed('killed')
        await inner.sleep(delayMs, signal)
        if (this.dead) throw new Killed('killed')
      },
    }
  }

  private mortalDisk(inner: Disk): Disk {
    const alive = <T>(act: () => T): T => {
      if (this.dead) throw new Killed('killed')
      return act()
    }
    return {
      open: (path, options) => alive(() => this.mortalFile(inner.open(path, options))),
      readFile: (path) => inner.readFile(path),
      replaceFile: (path, bytes) => {
        this.moment()
        inner.replaceFile(path, bytes)
        this.moment()
      },
      replaceFileInBackground: async (path, bytes) => {
        this.moment()
        await inner.replaceFileInBackground(path, bytes)
        this.moment()
      },
      exists: (path) => inner.exists(path),
      kind: (path) => inner.kind(path),
      modifiedMs: (path) => inner.modifiedMs(path),
      space: (path) => inner.space(path),
      list: (path) => inner.list(path),
      makeDirectory: (path) => alive(() => inner.makeDirectory(path)),
      rename: (from, to) => alive(() => inner.rename(from, to)),
      remove: (path) => alive(() => inner.remove(path)),
      removeInBackground: async (path) => alive(() => inner.remove(path)),
      syncDirectory: (path) => alive(() => inner.syncDirectory(path)),
      lock: (path) => alive(() => inner.lock(path)),
    }
  }

  private mortalFile(inner: DiskFile): DiskFile {
    return {
      size: () => inner.size(),
      read: (position, target) => inner.read(position, target),
      write: (position, bytes) => {
        this.moment()
        inner.write(position, bytes)
        this.moment()
      },
      readInBackground: (position, targets) => inner.readInBackground(position, targets),
      writeInBackground: async (position, bytes) => {
        this.moment()
        await inner.writeInBackground(position, bytes)
        this.moment()
      },
      truncate: (size) => {
        this.moment()
        inner.truncate(size)
      },
      sync: async () => {
        this.moment()
        await inner.sync()
        this.moment()
      },
      close: () => inner.close(),
    }
  }

  private mortalNetwork(inner: Network): Network {
    return {
      listen: (address, accept) => inner.listen(address, accept),
      connect: async (address, options) => {
        if (this.dead) throw new Killed('killed')
        const connection = await inner.connect(address, options)
        const mortal = this.mortalConnection(connection)
        this.connections.add(connection)
        return mortal
      },
    }
  }

  private mortalConnection(inner: Duplex): Duplex {
    const outer = new Duplex({
      read: () => {
        inner.resume()
      },
      write: (chunk, encoding, done) => {
        try {
          this.moment()
          inner.write(chunk, encoding, done)
          this.moment()
        } catch (error) {
          done(error as Error)
        }
      },
      final: (done) => {
        inner.end(done)
      },
      destroy: (error, done) => {
        inner.destroy()
        this.connections.delete(inner)
        done(error)
      },
    })
    inner.on('data', (chunk) => {
      if (!outer.push(chunk)) inner.pause()
    })
    inner.on('end', () => outer.push(null))
    inner.on('error', (error) => outer.destroy(error))
    inner.on('close', () => outer.destroy())
    return outer
  }
}
