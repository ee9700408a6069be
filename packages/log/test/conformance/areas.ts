import { clusterScenarios } from './cluster.js'
import { configsScenarios } from './configs.js'
import { consumerGroupsScenarios } from './consumer-groups.js'
import { deleteRecordsScenarios } from './delete-records.js'
import { fetchScenarios } from './fetch.js'
import { groupsScenarios } from './groups.js'
import { listOffsetsScenarios } from './list-offsets.js'
import { metadataScenarios } from './metadata.js'
import { offsetsScenarios } from './offsets.js'
import { produceScenarios } from './produce.js'
import type { Scenario } from './scenario.js'
import { topicsScenarios } from './topics.js'
import { transactionsScenarios } from './transactions.js'

/** Everything that is compared, by area; each has its own recording. */
export const areas: Readonly<Record<string, readonly Scenario[]>> = {
  cluster: clusterScenarios,
  metadata: metadataScenarios,
  topics: topicsScenarios,
  produce: produceScenarios,
  fetch: fetchScenarios,
  'list-offsets': listOffsetsScenarios,
  offsets: offsetsScenarios,
  groups: groupsScenarios,
  'consumer-groups': consumerGroupsScenarios,
  transactions: transactionsScenarios,
  configs: configsScenarios,
  'delete-records': deleteRecordsScenarios,
}
