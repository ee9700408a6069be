export { batchesOf, type Placed } from './batches.js'
export {
  Conversion,
  type ConversionMetrics,
  type ConversionOptions,
  type ConversionSpec,
  groupOf,
} from './conversion.js'
export { ConverterError } from './errors.js'
export { isOfARecord } from './failures.js'
export { asItIs, type FieldMapping } from './field-mapping.js'
export { NewestSchema } from './newest-schema.js'
export { jsonOf } from './raw-event.js'
export {
  isRefusal,
  type TypedEvent,
  type TypedTopic,
  typedEvent,
  type UntypedEvent,
} from './typed-event.js'
