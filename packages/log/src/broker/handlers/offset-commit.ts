import { offsetCommit } from '../../protocol/apis.js'
import { commitOffsets } from '../commit-offsets.js'
import { defineHandler } from '../request-handler.js'

const firstVersionWithEpochs = 9
const firstVersionWithIds = 10

/** Keeps a group's offsets. */
export const offsetCommitHandler = defineHandler(
  offsetCommit,
  async ({ broker, header }, request) => {
    const { apiVersion } = header
    const caller = {
      group: request.groupId,
      memberId: request.memberId,
      generation: request.generationIdOrMemberEpoch,
      groupInstanceId: request.groupInstanceId,
    }
    const { retentionTimeMs } = request
    const topics = await commitOffsets(broker, caller, request.topics, {
      inTransaction: false,
      knowsEpochs: apiVersion >= firstVersionWithEpochs,
      byId: apiVersion >= firstVersionWithIds,
      ...(retentionTimeMs >= 0 && { retentionMs: retentionTimeMs }),
    })
    return { topics }
  },
)
