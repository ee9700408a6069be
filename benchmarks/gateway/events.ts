/** The events of the benchmark: trips of 200 bytes of JSON. */

export const trip = {
  type: 'record',
  name: 'bench.Trip',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'taxi', type: 'string' },
    { name: 'started_at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'seconds', type: 'int' },
    { name: 'miles', type: 'double' },
    { name: 'pickup_area', type: ['null', 'int'], default: null },
    { name: 'fare', type: 'double' },
    {
      name: 'payment',
      type: { type: 'enum', name: 'Payment', symbols: ['CASH', 'CARD', 'OTHER'] },
    },
    { name: 'note', type: 'string' },
  ],
}

export const topicPolicy = { keyField: 'taxi', idField: 'id', timeField: 'started_at' }

/** Event number `n`: 200 bytes. */
export function event(n: number): object {
  const made = {
    id: `trip-${String(n).padStart(9, '0')}`,
    taxi: `taxi-${n % 5_000}`,
    started_at: 1_767_225_600_000 + n * 1_000,
    seconds: 300 + (n % 3_000),
    miles: (n % 300) / 10,
    pickup_area: n % 77 === 0 ? null : n % 77,
    fare: 3.25 + (n % 5_000) / 100,
    payment: ['CASH', 'CARD', 'OTHER'][n % 3],
    note: '',
  }
  const missing = 200 - JSON.stringify(made).length
  return { ...made, note: 'x'.repeat(Math.max(0, missing)) }
}

/** Bodies for the v2 API, each with so many events. */
export function bodies(count: number, eventsEach: number): string[] {
  return Array.from({ length: count }, (_, body) => {
    const records = Array.from({ length: eventsEach }, (_, nth) => {
      return { value: event(body * eventsEach + nth) }
    })
    return JSON.stringify({ records })
  })
}
