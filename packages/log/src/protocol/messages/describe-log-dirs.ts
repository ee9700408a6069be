import { defineApi } from '../api.js'
import { arrayOf, bool, field, int16, int32, int64, string } from '../field.js'

/** The folders in which the logs lie, and how large each log is. */
export const describeLogDirs = defineApi({
  key: 35,
  name: 'DescribeLogDirs',
  versions: '1-5',
  flexible: '2+',
  request: [
    field('topics', arrayOf([field('topic', string), field('partitions', arrayOf(int32))]), {
      nullable: '0+',
    }),
  ],
  response: [
    field('throttleTimeMs', int32),
    field('errorCode', int16, { versions: '3+' }),
    field(
      'results',
      arrayOf([
        field('errorCode', int16),
        field('logDir', string),
        field(
          'topics',
          arrayOf([
            field('name', string),
            field(
              'partitions',
              arrayOf([
                field('partitionIndex', int32),
                field('partitionSize', int64),
                field('offsetLag', int64),
                field('isFutureKey', bool),
              ]),
            ),
          ]),
        ),
        field('totalBytes', int64, { versions: '4+', default: -1 }),
        field('usableBytes', int64, { versions: '4+', default: -1 }),
        field('isCordoned', bool, { versions: '5+' }),
      ]),
    ),
  ],
})
