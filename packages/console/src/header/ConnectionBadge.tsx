import { useEffect, useState } from 'react'
import type { LiveState } from '../api/live.js'
import { formatDuration } from '../format/duration.js'

const words = { connecting: 'connecting', live: 'live', reconnecting: 'reconnecting' } as const
const signs = { connecting: '◌', live: '●', reconnecting: '↻' } as const

/** Whether what is shown is true now; when not, how old it is. */
export function ConnectionBadge({ live }: { live: LiveState }) {
  const { connection, heardAt } = live
  const age = useAge(connection === 'reconnecting' ? heardAt : undefined)
  return (
    <p className="connection" data-connection={connection} role="status">
      <span aria-hidden="true">{signs[connection]}</span> {words[connection]}
      {age !== undefined && <span aria-live="off"> · as of {formatDuration(age)} ago</span>}
    </p>
  )
}

/** Milliseconds since a moment, counting on each second. */
function useAge(since: number | undefined): number | undefined {
  const [now, setNow] = useState(0)
  useEffect(() => {
    if (since === undefined) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [since])
  return since === undefined ? undefined : Math.max(0, now - since)
}
