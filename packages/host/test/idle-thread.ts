import { realHost } from '../src/index.js'

// A program for `threads.test.ts` that asks a thread and leaves it idle.
const thread = realHost.threads?.start(new URL('./answering-thread.js', import.meta.url))
const buffer = Float64Array.of(21).buffer
const answer = (await thread?.ask(buffer, [buffer])) as ArrayBuffer
process.stdout.write(`${new Float64Array(answer)[0]}\n`)
