import type { TestContext } from 'node:test'
import { BrokerProcess } from '../broker-process.js'
import { administrationScenarios } from './administration.js'
import { compactionScenarios, writeToCompact } from './compaction.js'
import type { Flavour, Stage } from './flavour.js'
import { groupScenarios } from './groups.js'
import { recordScenarios } from './records.js'
import { restartScenarios } from './restarts.js'
import { transactionScenarios } from './transactions.js'

/** Plays every scenario to one client and one broker; topics are named after their scenario. */
export async function playAll(t: TestContext, flavour: Flavour): Promise<void> {
  const broker = await BrokerProcess.start(t, {
    // As short as the classic members' own, so that comings, goings and deaths are seen soon.
    consumerSessionTimeoutMs: 6000,
    consumerHeartbeatIntervalMs: 100,
    consumerAssignmentIntervalMs: 0,
  })
  const another = (t: TestContext) => flavour.start(t, broker.bootstrap)
  const stage: Stage = { flavour, client: another(t), another }
  await writeToCompact(stage)
  await recordScenarios(t, stage)
  await administrationScenarios(t, stage)
  await groupScenarios(t, stage)
  await transactionScenarios(t, stage)
  await compactionScenarios(t, stage)
  await restartScenarios(t, stage, broker)
}
