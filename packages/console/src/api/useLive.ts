import { useSyncExternalStore } from 'react'
import { liveUrl } from './client.js'
import { LiveFeed, type LiveState } from './live.js'

const feed = new LiveFeed(() => new EventSource(liveUrl))

/** The platform as it is now, re-rendering with each event. */
export function useLive(): LiveState {
  return useSyncExternalStore(feed.subscribe, feed.state)
}
