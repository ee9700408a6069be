import type { LiveState } from '../api/live.js'
import { formatDuration } from '../format/duration.js'
import { ConnectionBadge } from './ConnectionBadge.js'
import { Endpoints } from './Endpoints.js'
import { Wheel } from './Wheel.js'

/** Which project this is, for how long it runs, whether the page hears it, and where to reach it. */
export function Header({ live }: { live: LiveState }) {
  const { view } = live
  const flowing = view?.stages.some((stage) => stage.recordsInPerSecond > 0) ?? false
  return (
    <header className="top">
      <div className="top-name">
        <Wheel turning={live.connection === 'live' && flowing} />
        <h1>
          <span className="product">Millrace</span>
          {view !== undefined && <span className="project">{view.project}</span>}
        </h1>
        <ConnectionBadge live={live} />
        {view !== undefined && (
          <p className="uptime">
            up <b>{formatDuration(view.now - view.startedAt)}</b>
          </p>
        )}
      </div>
      {view !== undefined && <Endpoints endpoints={view.endpoints} />}
    </header>
  )
}
