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

const notYet = 'Not mended yet.'

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
    why: 'Clients turn to share groups, Streams groups and the newer consumer groups when they are.',
    where: { 'what is said of features': ['supported', 'finalized'] },
  },
  {
    what: 'APIs of groups, transactions and records that are not there yet',
    why: 'WriteTxnMarkers, OffsetDelete, UpdateFeatures, DescribeProducers, DescribeTransactions, ListTransactions, the newer group protocol, and the newest versions of OffsetCommit, OffsetFetch, FindCoordinator and DescribeGroups are to come.',
    where: {
      'the versions of every API': [8, 9, 10, 15, 27, 47, 57, 61, 65, 66, 68, 69].map(
        (key) => `API ${key}`,
      ),
      'coordinators are found': [
        'of two transactional ids',
        'of share partitions, in an old version',
        'a key that names no share partition',
      ],
      'topics by their ids': 'all',
    },
  },
  {
    what: 'A batch that contradicts itself is CORRUPT_MESSAGE',
    why: notYet,
    where: {
      'batches that are refused': [
        'a batch that says it has more records',
        'a compression that does not exist',
      ],
      'a format that is not version 2 is refused': ['magic 1'],
      'bytes that end too early are refused': ['half a batch'],
    },
  },
  {
    what: 'A refused batch is answered without the first offset of the log',
    why: notYet,
    where: {
      'batches that are refused': [
        'a control batch',
        'a batch that says it has no records',
        'offsets with holes',
      ],
      'an idempotent producer: sequences': [
        'the first with another length',
        'one is missing',
        'a newer epoch that does not begin at 0',
        'the older epoch',
        'older than the last five',
      ],
      'an idempotent producer: what begins in the middle': ['a producer without a sequence'],
    },
  },
  {
    what: 'A batch that is sent twice is answered without a time',
    why: 'Kafka gives the time of the last record, as if the broker had set it.',
    where: { 'an idempotent producer: sequences': ['the first again', 'the second again'] },
  },
  {
    what: 'A member without a generation may not commit in an empty group',
    why: notYet,
    where: {
      'offsets that are refused': [
        'a generation of a group that is not',
        'a member without a generation',
        'what is there',
      ],
    },
  },
  {
    what: 'A join that is refused names no protocol as an empty text',
    why: notYet,
    where: {
      'older versions of joining': 'all',
      'one member, from joining to leaving': ['an id first'],
      'joins that are refused': [
        'no name of the group',
        'a session that is too short',
        'a session that is too long',
        'a session of 6 s',
        'an unknown member',
        'no protocols',
        'another type of protocol',
        'no protocol in common',
      ],
      'static members': ['a join of the one before'],
    },
  },
  {
    what: 'Sessions of members may be shorter than six seconds',
    why: 'A broker on the same machine can tell sooner who is gone.',
    where: { 'joins that are refused': ['a session of 5 s'] },
  },
  {
    what: 'A member may leave out its type of protocol',
    why: notYet,
    where: {
      'joins that are refused': ['no type of protocol'],
      'one member, from joining to leaving': ['the assignment again, without a protocol'],
    },
  },
  {
    what: 'Members are described without a slash before their address, while a group gathers too, and without what one may do',
    why: notYet,
    where: {
      'one member, from joining to leaving': [
        'described before it',
        'described',
        'with what one may do',
        'described when it is gone',
      ],
      'two members: the generation begins when both are there': ['described meanwhile'],
      'static members': ['described'],
    },
  },
  {
    what: 'A static member that comes back starts a rebalance',
    why: notYet,
    where: { 'static members': ['an unknown instance', 'it comes back'] },
  },
  {
    what: 'A transactional id without an epoch, and the offsets of a fenced producer, are refused as fenced',
    why: notYet,
    where: {
      'producer ids': ['with an id and no epoch'],
      'an older producer is fenced': ['an offset of the older'],
    },
  },
]
