import { seededRandom } from '@millrace/host'
import type { Trip, TripSource } from './trip.js'

/**
 * Made-up trips of a made-up city, from a seed.
 *
 * A day has a fixed number of trips. Where in the day the n-th one is, is the inverse of the
 * daily curve's running sum, so that the trips come thick at rush hours and thin at night, and
 * any trip is computed from its position alone: nothing has to be played back to resume.
 */
export interface GeneratorOptions {
  seed: number
  /** Undefined: they never end. */
  count?: number
}

/** With 40 trips a second, five minutes of the day pass in a second, on average. */
export const generatedTripsPerDay = 11_520
export const generatedTripsPerSecond = 40

const dayMs = 86_400_000
const hourMs = 3_600_000
const firstDay = Date.UTC(2026, 0, 5)

/** The generated day starts in the morning, when something happens. */
const firstHour = 6

/** How late a trip may be told after ones that started later; the pipeline allows five minutes. */
const disorderMsMax = 120_000

/** Trips by hour of the day, in relation to one another. */
const dailyCurve = [
  9, 6, 4, 3, 3, 5, 12, 26, 38, 34, 28, 28, 30, 30, 30, 32, 38, 48, 56, 50, 40, 34, 26, 16,
]

/** Areas with their share of the trips, and the hour at which they are busiest. */
const areas = [
  { area: 8, share: 26, peak: 19 },
  { area: 32, share: 22, peak: 17 },
  { area: 28, share: 12, peak: 9 },
  { area: 6, share: 10, peak: 22 },
  { area: 76, share: 9, peak: 7 },
  { area: 7, share: 8, peak: 21 },
  { area: 24, share: 7, peak: 23 },
  { area: 33, share: 5, peak: 13 },
  { area: 3, share: 4, peak: 8 },
  { area: 56, share: 4, peak: 16 },
  { area: 77, share: 3, peak: 8 },
  { area: 22, share: 3, peak: 20 },
] as const

const paymentTypes = ['Cash', 'Cash', 'Credit Card', 'Credit Card', 'Credit Card', 'Mobile']
const companies = ['Blue Line Cabs', 'Lakeside Taxi', 'Prairie Rides', null]

/** The running sum of the curve, from the first hour on: shares of a day's trips, 0 to 1. */
const sums = runningSums()

export function generatedTrips({ seed, count }: GeneratorOptions): TripSource {
  return {
    identity: `generated trips of seed ${seed}`,
    count: count ?? Number.POSITIVE_INFINITY,
    trip: (position) => generate(seed, position),
    positionOf: (tripId) => (tripId >= 1 ? tripId - 1 : undefined),
  }
}

function generate(seed: number, position: number): Trip {
  const random = seededRandom(seed * 2 ** 32 + position)
  const time = startOf(position)
  const hour = new Date(time).getUTCHours()
  const pickup = draw(random.float(), hour)
  const dropoff = draw(random.float(), hour)
  const miles = round(0.6 + random.float() ** 2 * 12, 1)
  const seconds = Math.round(miles * (150 + random.below(120)) + 60)
  const fare = round(3.25 + miles * 2.25 + seconds / 120, 2)
  const byCard = paymentTypes[random.below(paymentTypes.length)] ?? 'Cash'
  return {
    trip_id: position + 1,
    pickup_area: pickup,
    dropoff_area: random.below(12) === 0 ? null : dropoff,
    started_at: time - random.below(disorderMsMax),
    fare,
    miles,
    tips: byCard === 'Cash' ? 0 : round(fare * (0.1 + random.float() * 0.15), 2),
    seconds,
    payment_type: byCard,
    company: companies[random.below(companies.length)] ?? null,
  }
}

/** When the trip at `position` starts, before disorder. Never goes back. */
function startOf(position: number): number {
  const day = Math.floor(position / generatedTripsPerDay)
  const share = (position % generatedTripsPerDay) / generatedTripsPerDay
  let hour = 0
  while (hour < 23 && (sums[hour + 1] ?? 1) <= share) hour++
  const from = sums[hour] ?? 0
  const to = sums[hour + 1] ?? 1
  const within = (share - from) / (to - from)
  return firstDay + day * dayMs + Math.floor((firstHour + hour + within) * hourMs)
}

/** An area, by its share and how near its peak the hour is. */
function draw(chance: number, hour: number): number {
  const weights = areas.map(({ share, peak }) => {
    const apart = Math.min(Math.abs(hour - peak), 24 - Math.abs(hour - peak))
    return share * (1 + 1.2 * Math.exp(-(apart * apart) / 6))
  })
  let left = chance * weights.reduce((sum, weight) => sum + weight, 0)
  for (const [index, { area }] of areas.entries()) {
    left -= weights[index] ?? 0
    if (left < 0) return area
  }
  return areas[0].area
}

function runningSums(): number[] {
  const hours = dailyCurve.map((_, index) => dailyCurve[(index + firstHour) % 24] ?? 0)
  const total = hours.reduce((sum, trips) => sum + trips, 0)
  const until = hours.map((_, hour) =>
    hours.slice(0, hour + 1).reduce((sum, trips) => sum + trips, 0),
  )
  return [0, ...until.map((sum) => sum / total)]
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
