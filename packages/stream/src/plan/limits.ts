/** Rows of one VALUES: each of its columns is looked up by the number of the row. */
export const valuesRowsMax = 10_000

/** Groupings that one GROUP BY may ask for: CUBE of eight keys. Each row is copied for each. */
export const groupingSetsMax = 256
