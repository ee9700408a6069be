import v8 from 'node:v8'

/**
 * For programs that answer requests from an event loop: takes a guess away from V8. Under load what
 * a request makes outlives a collection or two, because it waits for a disk or for a broker. V8
 * concludes from that that the like of it lives long ("allocation site pretenuring"), and makes it
 * among the old objects from then on, until the process ends. But it dies within milliseconds, and
 * only collections of everything find it there: one a second, each of which takes both the thread
 * and the cores beside it for 10 to 20 ms.
 *
 * A setting of the whole process, its threads included. Call it before there is work.
 */
export function keepShortLivedYoung(): void {
  v8.setFlagsFromString('--no-allocation-site-pretenuring')
}
