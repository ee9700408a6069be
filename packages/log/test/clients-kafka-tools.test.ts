import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import { Producer } from '../src/client/producer.js'
import { isKafkaInstalled, kafkaTool } from './apache-kafka.js'
import { startBroker, temporaryFolder } from './broker-harness.js'

/**
 * Kafka's own command line tools against the embedded broker: what they print is what they print
 * of Apache Kafka.
 */
async function withTools(t: TestContext) {
  if (!isKafkaInstalled(t)) return undefined
  const started = await startBroker(t)
  const ask = (tool: string, ...args: string[]) =>
    kafkaTool(tool, ['--bootstrap-server', started.bootstrap, ...args])
  /** What a tool prints; it must not fail. */
  const print = async (tool: string, ...args: string[]) => {
    const { exitCode, stdout, stderr } = await ask(tool, ...args)
    assert.equal(exitCode, 0, `${tool} ${args.join(' ')}: ${stdout}${stderr}`)
    return stdout
  }
  /** What a tool says when it fails. */
  const fail = async (tool: string, ...args: string[]) => {
    const { exitCode, stdout, stderr } = await ask(tool, ...args)
    assert.notEqual(exitCode, 0, `${tool} ${args.join(' ')}: ${stdout}`)
    return stdout + stderr
  }
  return { started, print, fail }
}

const tools = 'org.apache.kafka.tools'
const topicTool = `${tools}.TopicCommand`
const configTool = 'kafka.admin.ConfigCommand'
const groupTool = `${tools}.consumer.group.ConsumerGroupCommand`

test('topics are created, listed, described, grown and deleted', async (t) => {
  const there = await withTools(t)
  if (there === undefined) return
  const { print, fail, started } = there
  const rides = ['--topic', 'rides']
  const create = ['--create', ...rides, '--partitions', '2', '--config', 'retention.ms=60000']
  assert.equal(await print(topicTool, ...create), 'Created topic rides.\n')
  assert.match(await fail(topicTool, '--create', ...rides), /TopicExistsException/)
  assert.equal(await print(topicTool, '--alter', ...rides, '--partitions', '3'), '')
  assert.match(
    await fail(topicTool, '--alter', ...rides, '--partitions', '2'),
    /InvalidPartitionsException/,
  )
  const assigned = ['--create', '--topic', 'fares', '--replica-assignment', '1,1']
  assert.equal(await print(topicTool, ...assigned), 'Created topic fares.\n')
  assert.equal(await print(topicTool, '--list'), 'fares\nrides\n')
  const described = await print(topicTool, '--describe', ...rides)
  assert.match(described, /^Topic: rides\tTopicId: \S{22}\tPartitionCount: 3\tReplicationFactor: 1/)
  assert.match(described, /Configs: .*retention\.ms=60000/)
  assert.match(described, /\tTopic: rides\tPartition: 2\tLeader: 1\tReplicas: 1\tIsr: 1\t/)
  assert.equal(await print(topicTool, '--describe', '--under-replicated-partitions'), '')
  assert.equal(await print(topicTool, '--delete', ...rides), '')
  assert.deepEqual(
    started.broker.topics().map(({ name }) => name),
    ['fares'],
  )
})

test('settings of topics and of brokers are described and changed', async (t) => {
  const there = await withTools(t)
  if (there === undefined) return
  const { print, fail, started } = there
  await started.client.createTopic('rides', { partitions: 1 })
  const rides = ['--entity-type', 'topics', '--entity-name', 'rides']
  const brokers = ['--entity-type', 'brokers']
  const one = [...brokers, '--entity-name', '1']
  assert.equal(
    await print(
      configTool,
      ...['--alter', ...rides, '--add-config', 'retention.ms=5000,cleanup.policy=[delete,compact]'],
    ),
    'Completed updating config for topic rides.\n',
  )
  const described = await print(configTool, '--describe', ...rides)
  assert.match(described, /^Dynamic configs for topic rides are:\n/)
  assert.match(
    described,
    / {2}cleanup\.policy=delete,compact sensitive=false synonyms=\{DYNAMIC_TOPIC_CONFIG:cleanup\.policy=delete,compact, DEFAULT_CONFIG:log\.cleanup\.policy=delete\}\n/,
  )
  assert.match(described, / {2}retention\.ms=5000 /)
  await print(configTool, '--alter', ...rides, '--delete-config', 'retention.ms,cleanup.policy')
  assert.equal(
    await print(configTool, '--describe', ...rides),
    'Dynamic configs for topic rides are:\n',
  )
  assert.match(
    await fail(configTool, '--alter', ...rides, '--add-config', 'nope=1'),
    /InvalidConfigurationException/,
  )
  const all = await print(configTool, '--describe', ...one, '--all')
  assert.match(all, /^All configs for broker 1 are:\n/)
  assert.match(all, / {2}node\.id=1 sensitive=false synonyms=\{STATIC_BROKER_CONFIG:node\.id=1\}\n/)
  await print(
    configTool,
    ...['--alter', ...brokers, '--entity-default', '--add-config', 'log.retention.ms=900000'],
  )
  assert.match(
    await print(configTool, '--describe', ...brokers, '--entity-default'),
    /^Default configs for brokers in the cluster are:\n {2}log\.retention\.ms=900000 /,
  )
  assert.match(
    await fail(configTool, '--alter', ...one, '--add-config', 'node.id=7'),
    /InvalidRequestException/,
  )
})

test('offsets, folders and leaders are told', async (t) => {
  const there = await withTools(t)
  if (there === undefined) return
  const { print, started } = there
  await started.client.createTopic('rides', { partitions: 2 })
  const { exitCode } = await kafkaTool(
    `${tools}.ConsoleProducer`,
    ['--bootstrap-server', started.bootstrap, '--topic', 'rides'],
    { input: 'one\ntwo\n' },
  )
  assert.equal(exitCode, 0)
  const ends = started.broker.topics()[0]?.endOffsets ?? []
  assert.equal(ends[0] === 2 || ends[1] === 2, true)
  const offsets = (time: string) => print(`${tools}.GetOffsetShell`, '--time', time)
  assert.equal(await offsets('latest'), `rides:0:${ends[0]}\nrides:1:${ends[1]}\n`)
  assert.equal(await offsets('earliest'), 'rides:0:0\nrides:1:0\n')
  assert.match(await offsets('max-timestamp'), /^rides:\d:[01]\n$/)

  const folders = await print(`${tools}.LogDirsCommand`, '--describe', '--topic-list', 'rides')
  const { brokers } = JSON.parse(folders.split('\n').find((line) => line.startsWith('{')) ?? '{}')
  const [folder] = brokers[0].logDirs
  assert.equal(folder.logDir, started.directory)
  assert.deepEqual(
    folder.partitions.map((each: { partition: string }) => each.partition),
    ['rides-0', 'rides-1'],
  )

  const election = `${tools}.LeaderElectionCommand`
  assert.match(
    await print(election, '--election-type', 'preferred', '--topic', 'rides', '--partition', '0'),
    /Valid replica already elected for partitions rides-0/,
  )
  const file = path.join(temporaryFolder(t), 'reassignment.json')
  const partitions = [{ topic: 'rides', partition: 0, replicas: [1] }]
  fs.writeFileSync(file, JSON.stringify({ version: 1, partitions }))
  const reassign = (what: string) =>
    print(`${tools}.reassign.ReassignPartitionsCommand`, what, '--reassignment-json-file', file)
  assert.match(await reassign('--execute'), /Successfully started partition reassignment/)
  assert.match(await reassign('--verify'), /Reassignment of partition rides-0 is completed\./)
})

test('the cluster, its versions, features and quorum are told', async (t) => {
  const there = await withTools(t)
  if (there === undefined) return
  const { print, started } = there
  const { broker, bootstrap } = started
  const cluster = async (what: string) => {
    const told = await kafkaTool(`${tools}.ClusterTool`, [what, '--bootstrap-server', bootstrap])
    return told.stdout
  }
  assert.equal(await cluster('cluster-id'), `Cluster ID: ${broker.clusterId}\n`)
  assert.match(await cluster('list-endpoints'), /\n1 +127\.0\.0\.1 \d+ +null +unfenced +broker/)
  const versions = await print(`${tools}.BrokerApiVersionsCommand`)
  assert.match(versions, /\tCreateTopics\(19\): 2 to 7 \[usable: 7\],\n/)
  assert.match(versions, /\tCreateAcls\(30\): UNSUPPORTED,\n/)
  assert.match(
    await print(`${tools}.FeatureCommand`, 'describe'),
    /Feature: metadata\.version\s.*FinalizedVersionLevel: 4\.3-IV0/,
  )
  assert.match(
    await print(`${tools}.MetadataQuorumCommand`, 'describe', '--status'),
    /LeaderId: +1\n.*MaxFollowerLag: +0\n/s,
  )
})

test('groups of both protocols are listed, described, reset and deleted', async (t) => {
  const there = await withTools(t)
  if (there === undefined) return
  const { print, started } = there
  await started.client.createTopic('rides', { partitions: 2 })
  const producer = new Producer(started.client)
  const records = [0, 1, 2, 3].map((each) => ({ key: null, value: Buffer.from(String(each)) }))
  for (const partition of [0, 1]) await producer.send('rides', partition, records)
  const read = (group: string, protocol: string, ...more: string[]) =>
    print(
      `${tools}.VerifiableConsumer`,
      ...['--topic', 'rides', '--group-id', group, '--group-protocol', protocol],
      ...['--max-messages', '8', '--reset-policy', 'earliest', ...more],
    )
  const sticky = 'org.apache.kafka.clients.consumer.CooperativeStickyAssignor'
  const [newer] = await Promise.all([
    read('newer', 'consumer'),
    read('older', 'classic', '--assignment-strategy', sticky),
  ])
  assert.match(newer, /"name":"partitions_assigned"/)
  assert.match(newer, /"name":"offsets_committed".*"success":true/)

  const listed = await print(groupTool, '--list', '--type', '--state')
  assert.match(listed, /^newer +Consumer +Empty/m)
  assert.match(listed, /^older +Classic +Empty/m)
  assert.doesNotMatch(await print(groupTool, '--list', '--type', 'classic'), /newer/)
  const topic = ['--topic', 'rides']
  for (const group of ['newer', 'older']) {
    const one = ['--group', group]
    const described = await print(groupTool, '--describe', ...one)
    for (const partition of [0, 1]) {
      assert.match(described, new RegExp(`^${group} +rides +${partition} +4 +4 +0 `, 'm'))
    }
    assert.match(await print(groupTool, '--describe', ...one, '--state'), / Empty +0\s/)
    const reset = ['--reset-offsets', ...one, ...topic, '--to-earliest', '--execute']
    assert.match(await print(groupTool, ...reset), new RegExp(`^${group} +rides +1 +0 *$`, 'm'))
    const forget = ['--delete-offsets', ...one, '--topic', 'rides:1']
    assert.match(await print(groupTool, ...forget), /rides +1 +Successful/)
    const left = await print(groupTool, '--describe', ...one, '--offsets')
    assert.match(left, /rides +0 +0 +4 +4 /)
    assert.doesNotMatch(left, /rides +1 +\d/)
  }
  const all = ['--delete', '--group', 'newer', '--group', 'older']
  assert.match(await print(groupTool, ...all), /successful/)
  assert.equal((await print(groupTool, '--list')).trim(), '')
  // It says so, and does not call it a failure.
  assert.match(await print(groupTool, '--describe', '--group', 'newer'), /Group newer not found/)
})
