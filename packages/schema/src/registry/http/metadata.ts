import type { FastifyInstance } from 'fastify'

/** The version of Confluent's API that is spoken here. */
const apiVersion = '7.9.0'

/** `/v1/metadata`: about the server. */
export function metadataRoutes(app: FastifyInstance, clusterId: string): void {
  app.get('/v1/metadata/id', () => ({
    scope: {
      path: [],
      clusters: { 'kafka-cluster': clusterId, 'schema-registry-cluster': 'schema-registry' },
    },
    id: '',
  }))
  app.get('/v1/metadata/version', () => ({ version: apiVersion, commitId: 'millrace' }))
}
