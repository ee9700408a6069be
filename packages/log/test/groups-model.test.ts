import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Actor,
  ClassicActor,
  group,
  ModelBroker,
  NewerActor,
  type Place,
} from './group-model.js'

const seeds =
  process.env.MILLRACE_SEED === undefined
    ? Array.from({ length: 30 }, (_, seed) => seed + 1)
    : [Number(process.env.MILLRACE_SEED)]

const stepsPerRun = 250
const stepMs = 300
const patienceMs = 2_000
const roundsToCalmDown = 140
const calmStepMs = 600

type Kinds = readonly ('newer' | 'classic' | 'cooperative')[]

/** One run: members come, leave, fall silent, the broker is killed, topics change. */
class Run {
  readonly broker: ModelBroker
  readonly #kinds: Kinds
  #members: Actor[] = []
  /** Those who fell silent, and believe that they are members still. */
  readonly #silent: Actor[] = []
  readonly #steppedAt = new Map<Actor, number>()
  #made = 0

  constructor(seed: number, kinds: Kinds) {
    this.broker = new ModelBroker(seed)
    this.#kinds = kinds
  }

  async start(): Promise<void> {
    this.broker.topics.set('rides', 4)
    this.broker.topics.set('fares', 2)
    await this.broker.start()
  }

  async step(): Promise<void> {
    const { random, topics } = this.broker
    const chance = random.below(100)
    if (chance < 4 && this.#members.length < 6) this.#enter()
    else if (chance < 6) await this.#leave()
    else if (chance < 8) this.#fallSilent()
    else if (chance < 9) await this.broker.kill()
    else if (chance < 10) topics.set('rides', (topics.get('rides')?.partitions ?? 0) + 1)
    else if (chance < 11) topics.set('late', 1 + random.below(3))
    else if (chance < 12) topics.delete('late')
    else {
      await this.#next()?.step()
      this.broker.clock.advance(random.below(stepMs))
    }
    this.checkDisjoint()
    if (chance > 95) await this.#checkLate()
  }

  /** Nothing happens any more but that members do their part; until everything has a reader. */
  async calmDown(): Promise<void> {
    if (this.#members.length === 0) this.#enter()
    // For every topic there is somebody to read it.
    this.#members.push(this.#member('rides'), this.#member('fares'))
    for (let round = 0; round < roundsToCalmDown; round++) {
      for (const member of this.#members) {
        await member.step()
        this.checkDisjoint()
      }
      this.broker.clock.advance(calmStepMs)
    }
    const owned = this.#members.flatMap((each) => [...each.owned])
    const there = this.broker.topics.places()
    const read = there.filter((each) => !this.#isOf(each, 'late'))
    const missing = read.filter((each) => !owned.includes(each))
    assert.deepEqual(missing, [], `nobody reads these; ${this.#described()}`)
    assert.equal(this.broker.groups.find(group)?.state, 'Stable', this.#described())
    await this.#checkLate()
    for (const each of this.#members) {
      for (const place of each.owned) {
        if (there.includes(place)) assert.equal(await each.commit(place), 'NONE', each.name)
      }
    }
  }

  /** Law: no partition is read by two members at once. */
  checkDisjoint(): void {
    const readers = new Map<Place, string>()
    for (const each of this.#members) {
      for (const place of each.isMember ? each.owned : []) {
        const other = readers.get(place)
        assert.equal(other, undefined, `${place}: ${other} and ${each.name}; ${this.#described()}`)
        readers.set(place, each.name)
      }
    }
  }

  /** Law: who was left out, or gave back, commits nothing that another may have read since. */
  async #checkLate(): Promise<void> {
    const isReadBy = (place: Place) => this.#members.find((each) => each.owned.has(place))
    for (const member of this.#members) {
      for (const [place, epoch] of member.givenBack) {
        const other = isReadBy(place)
        if (other === undefined || other === member) continue
        const result = await member.commit(place, epoch)
        assert.notEqual(result, 'NONE', `${member.name} committed ${place}; ${this.#described()}`)
      }
    }
    for (const silent of this.#silent) {
      for (const place of silent.owned) {
        if (isReadBy(place) === undefined || !this.broker.topics.places().includes(place)) continue
        const result = await silent.commit(place)
        assert.notEqual(result, 'NONE', `${silent.name} committed ${place}; ${this.#described()}`)
      }
    }
  }

  /** Anybody; but nobody is kept waiting so long that it would have to think it is left out. */
  #next(): Actor | undefined {
    const { random, clock } = this.broker
    const steppedAt = (each: Actor) => this.#steppedAt.get(each) ?? 0
    const oldest = this.#members.reduce<Actor | undefined>(
      (one, other) => (one === undefined || steppedAt(other) < steppedAt(one) ? other : one),
      undefined,
    )
    const any = this.#members[random.below(Math.max(1, this.#members.length))]
    const isLate = oldest !== undefined && clock.now() - steppedAt(oldest) > patienceMs
    const next = isLate ? oldest : any
    if (next !== undefined) this.#steppedAt.set(next, clock.now())
    return next
  }

  #enter(): void {
    const topics = ['rides', 'rides', 'fares', 'late']
    this.#members.push(this.#member(topics[this.broker.random.below(topics.length)] ?? 'rides'))
  }

  #member(topic: string): Actor {
    const name = `m${++this.#made}`
    const kind = this.#kinds[this.broker.random.below(this.#kinds.length)]
    if (kind === 'newer') {
      const pattern = this.broker.random.below(3) === 0 ? `${topic.slice(0, -1)}.` : null
      return new NewerActor(this.broker, name, topic, pattern)
    }
    return new ClassicActor(this.broker, name, topic, kind === 'cooperative')
  }

  async #leave(): Promise<void> {
    const member = this.#taken()
    await member?.leave()
  }

  #fallSilent(): void {
    const member = this.#taken()
    if (member !== undefined) this.#silent.push(member)
    this.broker.clock.advance(0)
  }

  #taken(): Actor | undefined {
    const member = this.#members[this.broker.random.below(Math.max(1, this.#members.length))]
    this.#members = this.#members.filter((each) => each !== member)
    return member
  }

  #isOf(place: Place, topic: string): boolean {
    return place.startsWith(this.broker.topics.get(topic)?.id ?? '-')
  }

  #described(): string {
    const members = this.#members.map((each) => `${each.name} reads ${[...each.owned]}`)
    return `${this.broker.groups.find(group)?.state}; ${members.join('; ')}`
  }
}

async function play(seed: number, kinds: Kinds): Promise<void> {
  const run = new Run(seed, kinds)
  await run.start()
  for (let step = 0; step < stepsPerRun; step++) await run.step()
  await run.calmDown()
  await run.broker.groups.close()
}

const mixes: Record<string, Kinds> = {
  'the newer protocol': ['newer'],
  'the classic protocol, eager': ['classic'],
  'the classic protocol, cooperative': ['cooperative'],
  'both protocols': ['newer', 'newer', 'classic', 'classic', 'cooperative'],
}

for (const [mix, kinds] of Object.entries(mixes)) {
  test(`nobody reads what another reads, and everything is read in the end: ${mix}`, async () => {
    for (const seed of seeds) {
      try {
        await play(seed, kinds)
      } catch (cause) {
        throw new Error(`Seed ${seed} (MILLRACE_SEED=${seed}): ${String(cause)}`, { cause })
      }
    }
  })
}
