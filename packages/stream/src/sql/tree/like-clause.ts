import type { Span } from '../source.js'
import type { NamePath } from './name.js'

export const likeFeatures = [
  ...(['ALL', 'CONSTRAINTS', 'DISTRIBUTION', 'GENERATED', 'METADATA', 'OPTIONS'] as const),
  ...(['PARTITIONS', 'WATERMARKS'] as const),
] as const

export type LikeFeature = (typeof likeFeatures)[number]

export type LikeStrategy = 'INCLUDING' | 'EXCLUDING' | 'OVERWRITING'

/** LIKE other (…): the parts of another table that this one begins with. */
export interface LikeClause {
  readonly table: NamePath
  readonly options: readonly LikeOption[]
}

export interface LikeOption {
  readonly strategy: LikeStrategy
  readonly feature: LikeFeature
  readonly at: Span
}
