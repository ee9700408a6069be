/** Groupings that one GROUP BY may ask for: CUBE of eight keys. Each row is copied for each. */
export const groupingSetsMax = 256
