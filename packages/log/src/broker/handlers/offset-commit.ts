import { offsetCommit } from '../../protocol/apis.js'
import { commitOffsets } from '../commit-offsets.js'
import { defineHandler } from '../request-handler.js'

/** Keeps a group's offsets. */
export const offsetCommitHandler = defineHandler(
  offsetCommit,
  async ({ broker }, request) => {
    const caller = {
      group: request.groupId,
      memberId: request.memberId,
      generation: request.generationIdOrMemberEpoch,
      groupInstanceId: request.groupInstanceId,
    }
    return { topics: await commitOffsets(broker, caller, request.topics) }
  },
  '2-9',
)
