/** One value, and a schema for it in each language. */
export const value = { area: 7, note: 'x' }

export const schemaTexts = {
  AVRO: JSON.stringify({
    type: 'record',
    name: 'Trip',
    namespace: 'rides',
    fields: [
      { name: 'area', type: 'int' },
      { name: 'note', type: ['null', 'string'], default: null },
    ],
  }),
  JSON: JSON.stringify({
    type: 'object',
    properties: { area: { type: 'integer' }, note: { type: 'string' } },
    required: ['area'],
    additionalProperties: false,
  }),
  PROTOBUF:
    'syntax = "proto3";\npackage rides;\n\nmessage Trip {\n  int32 area = 1;\n  string note = 2;\n}\n',
}
