import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { javaArguments, kafkaJars } from '../apache-kafka.js'
import { ForeignClient } from './foreign-client.js'

const sources = fileURLToPath(new URL('../../../test/java', import.meta.url))
const classes = fileURLToPath(new URL('../java', import.meta.url))

/** Compiles the driver, unless its classes are newer than its sources. */
export function compileJavaDriver(): void {
  const files = fs
    .readdirSync(sources)
    .filter((name) => name.endsWith('.java'))
    .map((name) => path.join(sources, name))
  const compiled = fs.statSync(path.join(classes, 'Driver.class'), { throwIfNoEntry: false })
  const changedAt = Math.max(...files.map((file) => fs.statSync(file).mtimeMs))
  if (compiled !== undefined && compiled.mtimeMs > changedAt) return
  const options = ['-Xlint:all,-path', '-Werror', '-proc:none', '-encoding', 'UTF-8']
  const classPath = ['-cp', path.join(kafkaJars, '*')]
  execFileSync('javac', [...options, ...classPath, '-d', classes, ...files])
}

/** Apache Kafka's own client. */
export function startJavaDriver(t: TestContext, bootstrap: string): ForeignClient {
  const args = [...javaArguments(classes), '-Xmx256m', 'Driver', bootstrap]
  return ForeignClient.start(t, 'java', args)
}
