import { type Methods, serve } from './link.js'

/**
 * Serves a role in a child process, for as long as its supervisor lives: when the channel to it
 * closes, by whatever end it met, the process ends at once. What was not committed is done again
 * by the next run.
 *
 * Ctrl-C, and a service manager's word to end, reach the whole group of processes; a role waits
 * for its supervisor's word instead.
 */
export function serveChild(methods: Methods): {
  line: (text: string) => void
  fail: (reason: string) => void
} {
  const send = process.send?.bind(process)
  if (send === undefined) throw new Error('This role runs as a child of the supervisor.')
  process.on('disconnect', endAtOnce)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})
  const tell = serve(
    {
      send: (message) => {
        if (process.connected) send(message)
      },
      onMessage: (receive) => process.on('message', receive),
    },
    methods,
  )
  return {
    line: tell.line,
    fail: (reason) => send(tell.ending(reason), endAtOnce),
  }
}

/**
 * Ends as a killed process does. `process.exit` would wait for the threads of the pool, and one of
 * those may be in a query that itself waits for this thread to hand it rows.
 */
function endAtOnce(): void {
  process.kill(process.pid, 'SIGKILL')
}
