import type { ResponseBodyOf } from '../../protocol/api.js'
import { apiVersions } from '../../protocol/apis.js'
import { responseFrame } from '../../protocol/frame.js'
import { kafkaErrors } from '../../protocol/kafka-errors.js'
import { features, featuresEpoch } from '../features.js'
import { defineHandler, type RequestHandler, type ResponseFrame } from '../request-handler.js'

const produceKey = 0
const firstVersionWithSoftware = 3
/** Clients of older versions fail at a feature that begins at 0. */
const firstVersionWithFeaturesFromZero = 4

const softwareName = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

/**
 * What the broker speaks. Produce is announced from version 0 on though only newer ones are
 * answered: librdkafka takes its absence for a broker that cannot compress.
 */
function announced(
  handlers: ReadonlyMap<number, RequestHandler>,
): NonNullable<ResponseBodyOf<typeof apiVersions>['apiKeys']> {
  return [...handlers.values()].map(({ api, versions }) => ({
    apiKey: api.key,
    minVersion: api.key === produceKey ? 0 : versions.min,
    maxVersion: versions.max,
  }))
}

export const apiVersionsHandler = defineHandler(apiVersions, ({ broker, header }, request) => {
  const { apiVersion } = header
  const { clientSoftwareName, clientSoftwareVersion } = request
  if (
    apiVersion >= firstVersionWithSoftware &&
    !(softwareName.test(clientSoftwareName) && softwareName.test(clientSoftwareVersion))
  ) {
    return { errorCode: kafkaErrors.INVALID_REQUEST }
  }
  return {
    apiKeys: announced(broker.handlers),
    supportedFeatures: features
      .filter(({ min }) => min > 0 || apiVersion >= firstVersionWithFeaturesFromZero)
      .map(({ name, min, max }) => ({ name, minVersion: min, maxVersion: max })),
    finalizedFeaturesEpoch: featuresEpoch,
    finalizedFeatures: features
      .filter(({ level }) => level > 0)
      .map(({ name, level }) => ({ name, minVersionLevel: level, maxVersionLevel: level })),
  }
})

/** The answer to a version of ApiVersions that is not spoken: version 0, so that all can read it. */
export function unsupportedApiVersions(correlationId: number): ResponseFrame {
  const { min, max } = apiVersions.versions
  return responseFrame(apiVersions, 0, correlationId, {
    errorCode: kafkaErrors.UNSUPPORTED_VERSION,
    apiKeys: [{ apiKey: apiVersions.key, minVersion: min, maxVersion: max }],
  })
}
