/** What a browser tells of its page and of the network. */

export interface PageEvents {
  /** The page is being left; nothing may be waited for. `send` is `navigator.sendBeacon`. */
  leaving: (send: (url: string, text: string) => boolean) => void
  /** The page is out of sight, and may be left without another word. */
  hidden: () => void
  /** The network is there again. */
  online: () => void
}

/** Listens, where there is a page; the returned function ends it. */
export function watchPage(events: PageEvents): () => void {
  const { window, document, navigator } = globalThis as Partial<typeof globalThis>
  if (window?.addEventListener === undefined || document === undefined) return () => {}
  const listening = new AbortController()
  const { signal } = listening
  // Text goes without asking first; a blob of JSON would not.
  const send = (url: string, text: string) => navigator?.sendBeacon?.(url, text) ?? false
  window.addEventListener('pagehide', () => events.leaving(send), { signal })
  window.addEventListener('online', events.online, { signal })
  document.addEventListener(
    'visibilitychange',
    () => {
      if (document.visibilityState === 'hidden') events.hidden()
    },
    { signal },
  )
  return () => listening.abort()
}
