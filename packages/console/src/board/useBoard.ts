import type { BoardRows } from '@millrace/control/api'
import { useEffect, useState } from 'react'
import { fetchBoardText, parseBoard } from '../api/client.js'
import { boardRefreshMs, boardRestFactor } from '../limits.js'

export interface BoardState {
  /** The last answer; the same object until an answer differs. */
  rows?: BoardRows
  /** Why the last read failed, in the platform's words; the rows before it are kept. */
  problem?: string
}

/**
 * A board's rows, read again and again while the page is looked at. A board that takes long to
 * answer is read less often, so that watching never becomes the platform's main work. While the
 * platform is away it is not asked at all, and asked at once when it is back.
 */
export function useBoard(name: string, connected: boolean): BoardState {
  const [state, setState] = useState<BoardState>({})
  useEffect(() => {
    if (!connected) return
    const ended = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    let lastText: string | undefined

    async function read() {
      timer = undefined // so that coming back to the page does not start a second reader
      const began = performance.now()
      try {
        if (document.visibilityState === 'visible') {
          const text = await fetchBoardText(name, ended.signal)
          if (text !== lastText) setState({ rows: parseBoard(text) })
          else setState((before) => (before.problem === undefined ? before : { rows: before.rows }))
          lastText = text
        }
      } catch (cause) {
        if (ended.signal.aborted) return
        const problem = cause instanceof Error ? cause.message : String(cause)
        setState((before) => (before.problem === problem ? before : { ...before, problem }))
      }
      if (ended.signal.aborted) return
      const rest = boardRestFactor * (performance.now() - began)
      timer = setTimeout(read, Math.max(boardRefreshMs, rest))
    }
    function readWhenSeen() {
      if (document.visibilityState !== 'visible' || timer === undefined) return
      clearTimeout(timer)
      void read()
    }

    void read()
    document.addEventListener('visibilitychange', readWhenSeen)
    return () => {
      ended.abort()
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', readWhenSeen)
    }
  }, [name, connected])
  return state
}
