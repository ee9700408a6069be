import { defineApi } from '../api.js'
import { arrayOf, bool, field, int16, int32, int64, string } from '../field.js'

/** Which APIs and versions the broker speaks. The first request of every connection. */
export const apiVersions = defineApi({
  key: 18,
  name: 'ApiVersions',
  versions: '0-4',
  flexible: '3+',
  request: [
    field('clientSoftwareName', string, { versions: '3+' }),
    field('clientSoftwareVersion', string, { versions: '3+' }),
  ],
  response: [
    field('errorCode', int16),
    field(
      'apiKeys',
      arrayOf([field('apiKey', int16), field('minVersion', int16), field('maxVersion', int16)]),
    ),
    field('throttleTimeMs', int32, { versions: '1+' }),
    field(
      'supportedFeatures',
      arrayOf([
        field('name', string, { versions: '3+' }),
        field('minVersion', int16, { versions: '3+' }),
        field('maxVersion', int16, { versions: '3+' }),
      ]),
      { versions: '3+', tag: 0 },
    ),
    field('finalizedFeaturesEpoch', int64, { versions: '3+', tag: 1, default: -1 }),
    field(
      'finalizedFeatures',
      arrayOf([
        field('name', string, { versions: '3+' }),
        field('maxVersionLevel', int16, { versions: '3+' }),
        field('minVersionLevel', int16, { versions: '3+' }),
      ]),
      { versions: '3+', tag: 2 },
    ),
    field('zkMigrationReady', bool, { versions: '3+', tag: 3 }),
  ],
})
