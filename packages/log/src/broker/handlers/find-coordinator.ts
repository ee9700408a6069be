import { findCoordinator } from '../../protocol/apis.js'
import { kafkaErrors } from '../../protocol/kafka-errors.js'
import { defineHandler } from '../request-handler.js'

const keyTypes = { group: 0, transaction: 1 } as const

/**
 * The only broker coordinates every group and every transactional id. Shares of share groups are
 * refused as by a Kafka on which those are switched off.
 */
export const findCoordinatorHandler = defineHandler(findCoordinator, ({ broker }, request) => {
  const known = Object.values<number>(keyTypes).includes(request.keyType)
  const answer = known
    ? { nodeId: broker.nodeId, ...broker.address, errorMessage: null }
    : {
        errorCode: kafkaErrors.INVALID_REQUEST,
        errorMessage: 'Only groups and transactional ids have a coordinator.',
        nodeId: -1,
        host: '',
        port: -1,
      }
  const coordinators = request.coordinatorKeys.map((key) => ({ key, ...answer }))
  return { ...answer, coordinators }
})
