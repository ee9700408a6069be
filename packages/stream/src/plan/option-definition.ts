/** An option of WITH (…), and what it may be; without `values` and `check`, anything. */
export interface OptionDefinition {
  readonly key: string
  readonly values?: readonly string[]
  /** Whether the value is one, and what is to be said otherwise. */
  readonly check?: { readonly accepts: (value: string) => boolean; readonly hint: string }
}
