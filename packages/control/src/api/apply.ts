import type { FastifyInstance } from 'fastify'
import { Apply } from '../apply/apply.js'
import { controlErrors } from '../errors.js'
import type { Platform } from '../supervise/platform.js'

/** Has the platform follow the files of its project. */
export function addApply(server: FastifyInstance, platform: Platform): void {
  const apply = new Apply(platform)
  server.post<{ Body: unknown }>('/api/apply', ({ body }) => {
    const { dryRun = false, ...others } = (body ?? {}) as Record<string, unknown>
    const [other] = Object.keys(others)
    if (other !== undefined) throw controlErrors.unknownParameter(other, undefined)
    if (typeof dryRun === 'boolean') return apply.run({ isDry: dryRun })
    throw controlErrors.badParameter('dryRun', dryRun, '`true` or `false`')
  })
}
