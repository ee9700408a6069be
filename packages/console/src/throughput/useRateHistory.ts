import type { PlatformView } from '@millrace/control/api'
import { useState } from 'react'
import { addRates, type RateHistory } from './history.js'

/** The rates of the views that this page has seen. */
export function useRateHistory(view: PlatformView | undefined): RateHistory {
  const [history, setHistory] = useState<RateHistory>([])
  const next = view === undefined ? history : addRates(history, view)
  if (next !== history) setHistory(next)
  return next
}
