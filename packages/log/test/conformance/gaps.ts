/**
 * A difference between the embedded broker and Apache Kafka that is there on purpose, or is not
 * mended yet. `where` lists the scenarios in which it shows, each with the steps (without what
 * stands in brackets behind them) that differ; `all` where one step or more does.
 *
 * The list cannot rot: a step that differs and is not listed fails, and so does one that is
 * listed and does not differ. DESIGN.md of the log has one line for each, in these words.
 */
export interface Gap {
  what: string
  why: string
  where: Readonly<Record<string, readonly string[] | 'all'>>
}

/** The steps of 'the versions of every API' for these keys. */
function apis(...keys: number[]): Gap['where'] {
  return { 'the versions of every API': keys.map((key) => `API ${key}`) }
}

export const gaps: readonly Gap[] = [
  {
    what: 'No SASL, ACLs, delegation tokens, SCRAM credentials and quotas',
    why: 'The embedded broker listens on this machine and trusts it.',
    where: apis(17, 29, 30, 31, 36, 38, 39, 40, 41, 48, 49, 50, 51),
  },
  {
    what: 'No share groups and no Streams groups',
    why: 'Nothing here reads by them yet.',
    where: apis(76, 77, 78, 79, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92),
  },
  {
    what: 'No replicas to move, voters to add or brokers to remove',
    why: 'There is one node.',
    where: apis(34, 64, 80, 81),
  },
  {
    what: 'Features of a cluster that are not there are not announced',
    why: 'Clients turn to share groups and Streams groups when they are.',
    where: { 'what is said of features': ['supported', 'finalized'] },
  },
  {
    what: 'Features cannot be changed',
    why: 'They are what the brokers of a cluster agree about; here is one.',
    where: {
      'the versions of every API': ['API 57'],
    },
  },
  {
    what: 'A batch in a compression that does not exist is INVALID_RECORD',
    why: 'Kafka fails over it, UNKNOWN_SERVER_ERROR.',
    where: { 'batches that are refused': ['a compression that does not exist'] },
  },
  {
    what: 'Sessions of members may be shorter than six seconds',
    why: 'A broker on the same machine can tell sooner who is gone.',
    where: { 'joins that are refused': ['a session of 5 s'] },
  },
  {
    what: 'Segments have 64 MiB and records are kept for ever, unless a topic says otherwise',
    why: 'Records of an embedded broker often carry times of long ago, which Kafka would remove as soon as they are there.',
    where: { 'every setting of a topic, with its type': ['segment.bytes', 'retention.ms'] },
  },
  {
    what: 'The cluster has no default of its own for min.insync.replicas',
    why: 'Kafka writes one down for the choice of leaders among replicas, of which there is one.',
    where: { 'every setting of a topic, with its type': ['min.insync.replicas'] },
  },
  {
    what: 'A change of settings by an operation that does not exist is INVALID_REQUEST',
    why: 'Kafka fails over it, UNKNOWN_SERVER_ERROR.',
    where: { 'changes that are refused': ['an operation that does not exist'] },
  },
]
