import { useEffect, useState } from 'react'
import { useLive } from './api/useLive.js'
import { Board } from './board/Board.js'
import { Header } from './header/Header.js'
import { Operators } from './operators/Operators.js'
import { Pipeline } from './pipeline/Pipeline.js'
import { Throughput } from './throughput/Throughput.js'
import { useRateHistory } from './throughput/useRateHistory.js'

/** The whole page: what runs, the project's boards, and how fast it all is. */
export function App() {
  const live = useLive()
  const { view, connection } = live
  const history = useRateHistory(view)
  const [selectedId, setSelectedId] = useState<string>()
  const project = view?.project
  useEffect(() => {
    if (project !== undefined) document.title = `${project} · Millrace`
  }, [project])

  const selected = view?.stages.find((stage) => stage.id === selectedId)
  const toggle = (id: string) => setSelectedId((before) => (before === id ? undefined : id))
  return (
    <>
      <Header live={live} />
      {view === undefined ? (
        <main className="waiting">
          {connection === 'connecting' ? (
            <p>Connecting to the platform …</p>
          ) : (
            <p>
              The platform does not answer. Is <code>millrace up</code> running? This page goes on
              trying.
            </p>
          )}
        </main>
      ) : (
        <main className={connection === 'live' ? 'page' : 'page stale'}>
          <Pipeline view={view} history={history} selected={selectedId} onSelect={toggle} />
          <div className="boards">
            {view.boards.map((board) => (
              <Board
                key={board.name}
                board={board}
                connected={connection === 'live'}
                gatewayUrl={view.endpoints.find(({ name }) => name === 'gateway')?.url}
              />
            ))}
            {view.boards.length === 0 && (
              <section className="panel board" aria-label="Boards">
                <p className="empty">
                  This project declares no board. A file <code>boards/NAME.yaml</code> with a query
                  and its time, series and value columns becomes a live chart here.
                </p>
              </section>
            )}
            {selected?.operators !== undefined && <Operators stage={selected} />}
            <Throughput
              stages={view.stages}
              history={history}
              selected={selected}
              onShowAll={() => setSelectedId(undefined)}
            />
          </div>
        </main>
      )}
    </>
  )
}
