import { avroScenarios, type Scenarios } from './avro-scenarios.js'
import { jsonScenarios } from './json-scenarios.js'
import { protobufScenarios } from './protobuf-scenarios.js'

/** All that is asked of a registry. */
export const scenarios: Scenarios = { ...avroScenarios, ...jsonScenarios, ...protobufScenarios }
