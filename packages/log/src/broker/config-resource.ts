import { listOf } from './topic-setting.js'

/** Kafka's codes of what has settings. */
export const resourceTypes = {
  topic: 2,
  broker: 4,
  brokerLogger: 8,
  clientMetrics: 16,
  group: 32,
} as const

/** Kafka's codes of the types of settings. */
export const configTypes = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  list: 7,
} as const

/** Kafka's codes of where a value comes from. */
export const configSources = {
  topic: 1,
  /** What one broker was told while it ran. */
  dynamicBroker: 2,
  /** What all brokers were told while they ran. */
  dynamicDefault: 3,
  /** What the broker was started with. */
  staticBroker: 4,
  default: 5,
} as const

/** A value may have blanks around it and be written in several ways; it is told in one. */
export function plainValue(configType: number, given: string): string {
  if (configType === configTypes.list) return listOf(given).join(',')
  return configType === configTypes.boolean ? given.trim().toLowerCase() : given.trim()
}

/** A setting with its value, as DescribeConfigs and CreateTopics tell it. */
export interface DescribedConfig {
  readonly name: string
  /** Null where there is none, or where it is not told. */
  readonly value: string | null
  readonly readOnly: boolean
  readonly isSensitive: boolean
  readonly configSource: number
  readonly configType: number
  readonly documentation: string
  /** The values that could hold, the one that does first. */
  readonly synonyms: readonly ConfigSynonym[]
}

export interface ConfigSynonym {
  readonly name: string
  readonly value: string | null
  readonly source: number
}
