import { type ConfigSynonym, configSources, type DescribedConfig } from './config-resource.js'
import type { TopicSetting } from './topic-config.js'

/** A setting that may be changed, by what it was given, the first of which counts. */
export function describedSetting(
  { name, defaultValue, configType, documentation }: TopicSetting,
  synonyms: readonly ConfigSynonym[],
): DescribedConfig {
  return {
    name,
    value: synonyms[0]?.value ?? defaultValue,
    readOnly: false,
    isSensitive: false,
    configSource: synonyms[0]?.source ?? configSources.default,
    configType,
    documentation,
    synonyms,
  }
}
