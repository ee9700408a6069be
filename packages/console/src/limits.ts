/**
 * Every bound of the page, units last in the name. What lies beyond a bound is left out in words
 * (`20 of 60 series`), never silently.
 */

/** No event for this long means that the platform is gone: control sends one each second. */
export const liveSilenceMsMax = 5_000
/** Waits between attempts to reconnect: doubled from the first to the last. */
export const reconnectDelayMsMin = 500
export const reconnectDelayMsMax = 4_000

/** Pause between two reads of a board. A slow board waits longer: see `boardRestFactor`. */
export const boardRefreshMs = 2_000
/** A board rests at least this many times as long as its last read took. */
export const boardRestFactor = 4
/** A board's query that takes longer than this is given up. */
export const boardQueryMsMax = 20_000

/** Samples of the rates that are kept, one a second: three minutes. */
export const rateSamplesMax = 180
/** What a stage card's small chart shows. */
export const sparklineSpanMs = 60_000
/** Two samples further apart than this are not joined by a line: the page was cut off between. */
export const rateGapMsMax = 4_000
/** Lines in the chart of all stages: more could not be told apart. */
export const rateLinesMax = 8

/** With more stages than this, cards shrink to one line of rates and lose their chart. */
export const fullCardsMax = 30
/** With more links than this, nothing moves: animating hundreds of paths costs a core. */
export const movingLinksMax = 60

/** Windows of a filled time axis; an axis with more (a year of seconds) keeps only times seen. */
export const filledWindowsMax = 5_000
/** Rows of a board's table (its chart in words). */
export const tableWindowsMax = 24
