/** What each kind of resource of the v3 API has to say, by the REST proxy's OpenAPI document. */
const config = ['name', 'is_default', 'is_read_only', 'is_sensitive', 'source', 'synonyms']

const fields: Readonly<Record<string, readonly string[]>> = {
  KafkaCluster: [
    ...['acls', 'brokers', 'broker_configs', 'consumer_groups', 'topics'],
    'partition_reassignments',
  ],
  KafkaBroker: ['broker_id', 'configs', 'partition_replicas'],
  KafkaTopic: [
    ...['topic_name', 'is_internal', 'replication_factor', 'partitions_count', 'partitions'],
    ...['configs', 'partition_reassignments'],
  ],
  KafkaPartition: ['topic_name', 'partition_id', 'replicas', 'reassignment'],
  KafkaPartitionWithOffsets: ['topic_name', 'partition_id', 'earliest_offset', 'latest_offset'],
  KafkaReplica: ['topic_name', 'partition_id', 'broker_id', 'is_leader', 'is_in_sync', 'broker'],
  KafkaReassignment: [
    ...['topic_name', 'partition_id', 'adding_replicas', 'removing_replicas', 'replicas'],
  ],
  KafkaTopicConfig: [...config, 'topic_name'],
  KafkaBrokerConfig: [...config, 'broker_id'],
  KafkaClusterConfig: [...config, 'config_type'],
  KafkaConsumerGroup: [
    ...['consumer_group_id', 'is_simple', 'partition_assignor', 'state', 'type'],
    ...['is_mixed_consumer_group', 'coordinator', 'consumers', 'lag_summary'],
  ],
  KafkaConsumer: ['consumer_group_id', 'consumer_id', 'client_id', 'assignments'],
  KafkaConsumerAssignment: [
    ...['consumer_group_id', 'consumer_id', 'topic_name', 'partition_id', 'partition', 'lag'],
  ],
  KafkaConsumerLag: [
    ...['consumer_group_id', 'topic_name', 'partition_id', 'current_offset', 'log_end_offset'],
    ...['lag', 'consumer_id', 'client_id'],
  ],
  KafkaConsumerGroupLagSummary: [
    ...['consumer_group_id', 'max_lag_consumer_id', 'max_lag_client_id', 'max_lag_topic_name'],
    ...['max_lag_partition_id', 'max_lag', 'total_lag', 'max_lag_consumer', 'max_lag_partition'],
  ],
}

/** Fields that link to other resources. */
const isLink = (value: unknown) => typeof value === 'object' && value !== null && 'related' in value

/**
 * What is missing of a resource, or of those in a list; and the URLs that it tells of itself and of
 * others, which have to be ours.
 */
export function checkKind(body: unknown, base: string): string | undefined {
  if (typeof body !== 'object' || body === null || !('kind' in body)) return undefined
  const found = body as Record<string, unknown> & { kind: string; metadata?: { self?: string } }
  const { kind, metadata } = found
  if (!metadata?.self?.startsWith(`${base}/v3/clusters`)) return `${kind} has no URL of itself`
  if (kind.endsWith('List')) {
    const { data } = found
    if (!Array.isArray(data)) return `${kind} has no list`
    const of = kind.slice(0, -'List'.length)
    if (fields[of] === undefined) return `${kind} is no kind of list`
    if (data.some((each) => each.kind !== of)) return `${kind} lists others than ${of}`
    return data.map((each) => checkKind(each, base)).find((each) => each !== undefined)
  }
  const names = fields[kind]
  if (names === undefined) return `${kind} is no kind`
  const missing = ['cluster_id', ...names].find((name) => found[name] === undefined)
  if (missing !== undefined) return `${kind} has no ${missing}`
  const links = Object.values(found).filter(isLink) as { related: string }[]
  const alien = links.find(({ related }) => !related.startsWith(`${base}/v3/clusters`))
  return alien && `${kind} links to ${alien.related}`
}
