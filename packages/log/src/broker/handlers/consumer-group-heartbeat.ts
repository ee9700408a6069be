import { consumerGroupHeartbeat } from '../../protocol/apis.js'
import { clientAddress } from '../client-address.js'
import { errorOf } from '../error-code.js'
import { defineHandler } from '../request-handler.js'

const firstVersionWithChosenId = 1

/** Joins a group of the newer protocol, goes on in it, and leaves it. */
export const consumerGroupHeartbeatHandler = defineHandler(
  consumerGroupHeartbeat,
  async ({ broker, header, clientHost }, request) => {
    const { groupId, ...rest } = request
    try {
      return await broker.groups.consumerHeartbeat({
        ...rest,
        group: groupId,
        clientId: header.clientId ?? '',
        clientHost: clientAddress(clientHost),
        choosesId: header.apiVersion >= firstVersionWithChosenId,
      })
    } catch (cause) {
      return errorOf(cause, broker.log)
    }
  },
)
