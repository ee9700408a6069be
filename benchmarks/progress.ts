const began = performance.now()

/** Tells on stderr what is being measured, with the seconds since the start. */
export function progress(line: string): void {
  const seconds = ((performance.now() - began) / 1000).toFixed(0).padStart(4)
  process.stderr.write(`${seconds} s  ${line}\n`)
}
