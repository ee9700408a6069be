import { keepShortLivedYoung } from '@millrace/host'
import { Platform, type PlatformOptions } from '../supervise/platform.js'
import type { Monitor } from './monitor.js'

/**
 * Starts a platform with its API, and tells other commands of its folder where it is. Rejects,
 * with nothing left running, where it cannot.
 */
export async function startPlatform(
  options: PlatformOptions,
): Promise<{ platform: Platform; monitor: Monitor }> {
  // Gateway and broker answer in this process.
  keepShortLivedYoung()
  // What is not needed yet is loaded while the parts start.
  const [platform, { startApi }] = await Promise.all([
    Platform.start(options),
    import('./server.js'),
  ])
  try {
    const monitor = await startApi(platform)
    platform.announce()
    return { platform, monitor }
  } catch (cause) {
    await platform.stop()
    throw cause
  }
}
