/**
 * What every HTTP server here starts Fastify with: nothing that compiles schemas for routes, since no
 * route has one. What Fastify would compile them with, ajv among it, is then not loaded: a fifth of
 * the time that a server takes to load.
 */
export const httpServerOptions = {
  schemaController: {
    compilersFactory: { buildValidator: noRouteSchemas, buildSerializer: noRouteSchemas },
  },
}

function noRouteSchemas(): never {
  throw new Error('Routes have no schemas here: read what comes in where it is handled.')
}
