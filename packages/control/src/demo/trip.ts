/** A trip as it is sent: the fields of `schemas/trip.avsc` in `examples/rides`. */
export interface Trip {
  trip_id: number
  /** Absent in two of the real ones, which the gateway refuses for it. */
  pickup_area: number | null
  dropoff_area: number | null
  /** Milliseconds since 1970. */
  started_at: number
  fare: number | null
  miles: number | null
  tips: number | null
  seconds: number | null
  payment_type: string
  company: string | null
}

/**
 * Trips in the order in which they are sent. A trip's position is its place in that order, from
 * 0. The same source gives the same trip at a position in every run: a resumed one relies on it.
 */
export interface TripSource {
  /** Which trips these are, as words that tell two sources apart. */
  readonly identity: string
  /** `Number.POSITIVE_INFINITY` where they never end. */
  readonly count: number
  trip(position: number): Trip
  /** The position of the trip with this id; undefined where the source has none such. */
  positionOf(tripId: number): number | undefined
}
