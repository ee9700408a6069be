import { type Random, seededRandom } from '@millrace/host'

/** Choices that one seed makes, and names that it gave. */
export class Chance {
  readonly random: Random
  private names = 0

  constructor(seed: number) {
    this.random = seededRandom(seed)
  }

  /** A whole number, both included. */
  from(least: number, most: number): number {
    return least + this.random.below(most - least + 1)
  }

  oneIn(count: number): boolean {
    return this.random.below(count) === 0
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.random.below(choices.length)]
    if (choice === undefined) throw new RangeError('there is nothing to choose from')
    return choice
  }

  /** Some of them, in their order. */
  some<T>(choices: readonly T[], most: number): T[] {
    const left = [...choices]
    const taken = new Set<T>()
    for (let count = this.from(0, Math.min(most, left.length)); count > 0; count--) {
      taken.add(...(left.splice(this.random.below(left.length), 1) as [T]))
    }
    return choices.filter((choice) => taken.has(choice))
  }

  shuffled<T>(choices: readonly T[]): T[] {
    const left = [...choices]
    return choices.flatMap(() => left.splice(this.random.below(left.length), 1))
  }

  name(letter = 'c'): string {
    this.names++
    return `${letter}${this.names}`
  }
}
