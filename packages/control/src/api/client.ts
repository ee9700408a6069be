import { controlErrors } from '../errors.js'
import type { PlatformView, TopicView } from './types.js'

/** What the platform whose console is at `url` tells of itself. */
export function askPlatform(url: string): Promise<PlatformView> {
  return ask(url, '/api/platform')
}

/** Its topics; `internal`: those that it keeps for itself too. */
export function askTopics(url: string, internal: boolean): Promise<TopicView[]> {
  return ask(url, `/api/topics?internal=${internal}`)
}

async function ask<View>(url: string, place: string): Promise<View> {
  const response = await fetch(`${url}${place}`).catch((cause: Error) => {
    throw controlErrors.unreachable('platform', url, cause.message)
  })
  return (await response.json()) as View
}
