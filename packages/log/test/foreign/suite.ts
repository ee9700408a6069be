import type { TestContext } from 'node:test'
import { BrokerProcess } from '../broker-process.js'
import { administrationScenarios } from './administration.js'
import type { Flavour, Stage } from './flavour.js'
import { groupScenarios } from './groups.js'
import { recordScenarios } from './records.js'
import { restartScenarios } from './restarts.js'
import { transactionScenarios } from './transactions.js'

/** Plays every scenario to one client and one broker; topics are named after their scenario. */
export async function playAll(t: TestContext, flavour: Flavour): Promise<void> {
  const broker = await BrokerProcess.start(t)
  const another = (t: TestContext) => flavour.start(t, broker.bootstrap)
  const stage: Stage = { flavour, client: another(t), another }
  await recordScenarios(t, stage)
  await administrationScenarios(t, stage)
  await groupScenarios(t, stage)
  await transactionScenarios(t, stage)
  await restartScenarios(t, stage, broker)
}
