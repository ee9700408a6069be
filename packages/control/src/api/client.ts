import { controlErrors } from '../errors.js'
import type { PlatformView } from './types.js'

/** What the platform whose console is at `url` tells of itself. */
export async function askPlatform(url: string): Promise<PlatformView> {
  const response = await fetch(`${url}/api/platform`).catch((cause: Error) => {
    throw controlErrors.unreachable('platform', url, cause.message)
  })
  return (await response.json()) as PlatformView
}
