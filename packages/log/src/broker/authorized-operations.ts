/**
 * What a client may do, as Kafka answers it without an authorizer: everything that there is for
 * a kind of resource. A bit for each operation, by Kafka's codes of operations.
 */
const operations = {
  read: 3,
  write: 4,
  create: 5,
  delete: 6,
  alter: 7,
  describe: 8,
  clusterAction: 9,
  describeConfigs: 10,
  alterConfigs: 11,
  idempotentWrite: 12,
} as const

type Operation = keyof typeof operations

function bitsOf(...allowed: Operation[]): number {
  return allowed.reduce((bits, each) => bits | (1 << operations[each]), 0)
}

export const clusterOperations = bitsOf(
  'create',
  'alter',
  'describe',
  'clusterAction',
  'describeConfigs',
  'alterConfigs',
  'idempotentWrite',
)

export const topicOperations = bitsOf(
  'read',
  'write',
  'create',
  'delete',
  'alter',
  'describe',
  'describeConfigs',
  'alterConfigs',
)

export const groupOperations = bitsOf(
  'read',
  'delete',
  'describe',
  'describeConfigs',
  'alterConfigs',
)

/** For those who did not ask. */
export const operationsNotAsked = -0x80000000
