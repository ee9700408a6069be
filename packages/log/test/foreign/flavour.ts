import type { TestContext } from 'node:test'
import type { ForeignClient, MemberOptions } from './foreign-client.js'

/** One of the clients that others wrote, and what it has no call for. */
export interface Flavour {
  readonly name: string
  start(t: TestContext, bootstrap: string): ForeignClient
  /** What it can write in, beside `none`. */
  readonly compressions: readonly string[]
  /** Whether a header may be without a value. */
  readonly hasNullHeaders: boolean
  /** How its members may join a group, each with a name. */
  readonly groups: Readonly<Record<string, MemberOptions>>
  /** Whether its members may keep their places while they are away. */
  readonly hasStaticMembers: boolean
  /** Verbs that it does not have. */
  readonly lacks: readonly string[]
}

/** What `describeGroup` answers. */
export interface DescribedGroup {
  state: string
  members: number
  type?: string
}

/** What the scenarios of one client share: the client, and a broker that it speaks to. */
export interface Stage {
  readonly flavour: Flavour
  readonly client: ForeignClient
  /** Another one of the same kind, in a process of its own; ended after the test. */
  another(t: TestContext): ForeignClient
}
