export { fileSpool, type SpoolFile } from './file-spool.js'
export {
  type About,
  type AnyTopics,
  Millrace,
  type MillraceOptions,
  type TopicBindings,
} from './millrace.js'
export type { ClientCounts, Outcome } from './outcome.js'
export { type Outside, webOutside } from './outside.js'
export type { WhenFull } from './queue.js'
export type { Spool, SpooledEvent } from './spool.js'
export { type SpoolStorage, type StorageSpoolOptions, storageSpool } from './storage-spool.js'
export { type Received, type SubscribeOptions, SubscriptionError } from './subscription.js'
export type { TopicBinding } from './topic-checks.js'
