/** Whether a letter, by its code, is one that is meant. */
export type LetterTest = (code: number) => boolean

/** Whether a place in a text is one that is meant; `at` is the number of letters before it. */
export type PlaceTest = (text: string, at: number) => boolean

/** A pattern, as it was read. */
export type PatternNode =
  | { kind: 'letter'; test: LetterTest }
  | { kind: 'place'; test: PlaceTest }
  | { kind: 'sequence'; parts: readonly PatternNode[] }
  | { kind: 'choice'; options: readonly PatternNode[] }
  /** `max` is Infinity where it has no end. */
  | { kind: 'repeat'; of: PatternNode; min: number; max: number }

/** A pattern that is none. */
export class PatternError extends Error {
  constructor(detail: string) {
    super(detail)
    this.name = 'PatternError'
  }
}
