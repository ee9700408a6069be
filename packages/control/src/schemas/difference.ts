/** What came, went and changed from one schema to another, in words. */
import { avroDifferences } from './avro-difference.js'
import type { SchemaWithReferred } from './baseline.js'
import type { Change } from './change.js'
import { jsonDifferences } from './json-difference.js'
import { typeTitle } from './level-reasons.js'
import { protoDifferences } from './proto-difference.js'

/** The changes from one schema to another, in the order of the new one. */
export function differences(before: SchemaWithReferred, after: SchemaWithReferred): Change[] {
  if (before.type !== after.type) {
    const what = `was ${typeTitle(before.type)}, is ${typeTitle(after.type)}`
    return [{ kind: 'changed', field: '', what }]
  }
  switch (after.type) {
    case 'JSON':
      return jsonDifferences(before, after)
    case 'PROTOBUF':
      return protoDifferences(before.text, after.text)
    default:
      return avroDifferences(before.text, after.text)
  }
}
