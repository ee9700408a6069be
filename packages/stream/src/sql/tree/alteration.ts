import type { Span } from '../source.js'
import type { Name, NamePath } from './name.js'
import type { Query } from './query.js'
import type {
  ColumnDefinition,
  PrimaryKeyDefinition,
  TableOption,
  WatermarkDefinition,
} from './statement.js'

/** What ALTER TABLE and ALTER VIEW change. */
export type Alteration =
  | { readonly kind: 'rename'; readonly to: NamePath }
  | { readonly kind: 'setOptions'; readonly options: readonly TableOption[] }
  | { readonly kind: 'resetOptions'; readonly keys: readonly OptionKey[] }
  | SchemaChange
  | { readonly kind: 'replaceQuery'; readonly query: Query }

/** What changes the columns of a table, its watermark or its key. */
export type SchemaChange =
  | SchemaItems
  | { readonly kind: 'dropColumns'; readonly names: readonly Name[] }
  /** By its name, or as PRIMARY KEY. */
  | { readonly kind: 'dropKey'; readonly at: Span; readonly name?: Name }
  | { readonly kind: 'dropWatermark'; readonly at: Span }
  | { readonly kind: 'renameColumn'; readonly from: Name; readonly to: Name }

/** ADD or MODIFY, of one or of several in parentheses. */
export interface SchemaItems {
  readonly kind: 'add' | 'modify'
  readonly columns: readonly PlacedColumn[]
  readonly watermarks: readonly WatermarkDefinition[]
  readonly primaryKeys: readonly PrimaryKeyDefinition[]
}

/** A column, and where it comes to stand: FIRST, AFTER another, or where nothing is said of it. */
export interface PlacedColumn {
  readonly column: ColumnDefinition
  readonly place?: 'first' | Name
}

export interface OptionKey {
  readonly key: string
  readonly keyAt: Span
}
