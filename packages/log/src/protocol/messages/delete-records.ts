import { defineApi } from '../api.js'
import { arrayOf, field, int16, int32, int64, string } from '../field.js'

/** Deletes the first records of partitions. */
export const deleteRecords = defineApi({
  key: 21,
  name: 'DeleteRecords',
  versions: '0-2',
  flexible: '2+',
  request: [
    field(
      'topics',
      arrayOf([
        field('name', string),
        field('partitions', arrayOf([field('partitionIndex', int32), field('offset', int64)])),
      ]),
    ),
    field('timeoutMs', int32),
  ],
  response: [
    field('throttleTimeMs', int32),
    field(
      'topics',
      arrayOf([
        field('name', string),
        field(
          'partitions',
          arrayOf([
            field('partitionIndex', int32),
            field('lowWatermark', int64),
            field('errorCode', int16),
          ]),
        ),
      ]),
    ),
  ],
})
