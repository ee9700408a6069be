import { avroCodec, unframe } from '@millrace/schema'

/** The schema of a trip. */
export const trip = {
  type: 'record',
  name: 'rides.Trip',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'pickup_area', type: 'int' },
    { name: 'fare', type: ['null', 'double'], default: null },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
  ],
}

/** A stored trip, and the id of the schema that it was written with. */
export function readTrip(value: Buffer | null | undefined): { schemaId: number; trip: unknown } {
  const framed = value ? unframe(value) : undefined
  if (framed === undefined) throw new Error('The value is not in the wire format.')
  const codec = avroCodec(JSON.stringify(trip))
  return { schemaId: framed.id, trip: codec.decode(framed.payload) }
}
