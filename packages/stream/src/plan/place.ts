/** Where a name is looked for, and where a table is. */
export interface Place {
  readonly catalog: string
  readonly database: string
}
