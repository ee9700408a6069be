import type { Audit } from '../audit.js'
import type { Ledger } from '../ledger.js'
import { checkAcknowledged } from './acknowledged.js'
import { checkGroups } from './groups.js'
import { checkOffsets } from './offsets.js'
import { checkOnce } from './once.js'
import { checkSeen } from './seen.js'
import { checkTransactions } from './transactions.js'

/** Holds what is in the log against what clients were told and saw. */
export type Check = (audit: Audit, ledger: Ledger) => void

export const checks: readonly Check[] = [
  checkOffsets,
  checkAcknowledged,
  checkOnce,
  checkSeen,
  checkTransactions,
  checkGroups,
]
