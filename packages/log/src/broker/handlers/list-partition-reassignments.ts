import { listPartitionReassignments } from '../../protocol/apis.js'
import { defineHandler } from '../request-handler.js'

/** No partition is ever moved. */
export const listPartitionReassignmentsHandler = defineHandler(listPartitionReassignments, () => ({
  errorMessage: null,
}))
