import { countText } from './terminal.js'

/** That older ones were not looked at. */
export function stoppedText(read: number, stoppedAt: string): string {
  return `${countText(read)} records were looked at, back to ${stoppedAt}; see older ones with \`--read\`.`
}
