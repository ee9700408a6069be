import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** The Apache Flink that everything here is compared with; the same as in `pom.xml`. */
export const flinkVersion = '2.2.0'

/** Where `tools/flink-jars.mjs` puts its jars. */
export const flinkJars = path.join(
  process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'),
  'millrace',
  `flink-${flinkVersion}`,
)

/** The free ports that its processes listen on, of 127.0.0.1. */
export interface FlinkPorts {
  rest: number
  rpc: number
  gateway: number
}

/** Megabytes of the TaskManager's heap; its JVM gets the sum. */
export interface FlinkHeap {
  framework: number
  task: number
}

/** The class of each process and what follows it, in the order in which they are started. */
export function flinkEntries(folder: string) {
  const entry = 'org.apache.flink.runtime'
  const cluster = ['--configDir', path.join(folder, 'conf')]
  return {
    jobmanager: [`${entry}.entrypoint.StandaloneSessionClusterEntrypoint`, ...cluster],
    taskmanager: [`${entry}.taskexecutor.TaskManagerRunner`, ...cluster],
    gateway: ['org.apache.flink.table.gateway.SqlGateway'],
  }
}

/** What comes before the class in each call of `java`. */
export function flinkJavaArguments(folder: string): string[] {
  const logging = path.join(folder, 'conf', 'log4j.properties')
  return [
    `-Dlog4j.configurationFile=file:${logging}`,
    ...openModules,
    ...['-cp', path.join(flinkJars, '*')],
  ]
}

export function flinkEnvironment(folder: string): Record<string, string> {
  return {
    FLINK_CONF_DIR: path.join(folder, 'conf'),
    FLINK_LIB_DIR: flinkJars,
    FLINK_PLUGINS_DIR: path.join(folder, 'plugins'),
  }
}

/**
 * Writes its configuration into an empty folder. Every part of the TaskManager's memory is said,
 * because no start script computes it; `settings` come beside and instead of those here.
 */
export function writeFlinkConfiguration(
  folder: string,
  ports: FlinkPorts,
  heapMegabytes: FlinkHeap,
  settings: Readonly<Record<string, string | number | boolean>>,
): void {
  const all = {
    'jobmanager.rpc.address': '127.0.0.1',
    'jobmanager.rpc.port': ports.rpc,
    'jobmanager.bind-host': '127.0.0.1',
    'jobmanager.memory.process.size': '1024m',
    'rest.address': '127.0.0.1',
    'rest.bind-address': '127.0.0.1',
    'rest.port': ports.rest,
    'taskmanager.host': '127.0.0.1',
    'taskmanager.bind-host': '127.0.0.1',
    'taskmanager.cpu.cores': '2.0',
    'taskmanager.memory.framework.heap.size': `${heapMegabytes.framework}m`,
    'taskmanager.memory.task.heap.size': `${heapMegabytes.task}m`,
    'taskmanager.memory.framework.off-heap.size': '128m',
    'taskmanager.memory.task.off-heap.size': '0m',
    'taskmanager.memory.network.min': '256m',
    'taskmanager.memory.network.max': '256m',
    'taskmanager.memory.jvm-metaspace.size': '512m',
    'taskmanager.memory.jvm-overhead.min': '256m',
    'taskmanager.memory.jvm-overhead.max': '256m',
    'sql-gateway.endpoint.type': 'rest',
    'sql-gateway.endpoint.rest.address': '127.0.0.1',
    'sql-gateway.endpoint.rest.bind-address': '127.0.0.1',
    'sql-gateway.endpoint.rest.port': ports.gateway,
    'io.tmp.dirs': folder,
    ...settings,
  }
  const conf = path.join(folder, 'conf')
  fs.mkdirSync(conf)
  fs.mkdirSync(path.join(folder, 'plugins'))
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  fs.writeFileSync(path.join(conf, 'config.yaml'), `${lines.join('\n')}\n`)
  const logging = [
    'rootLogger.level = ERROR',
    'rootLogger.appenderRef.console.ref = console',
    'appender.console.name = console',
    'appender.console.type = CONSOLE',
    'appender.console.layout.type = PatternLayout',
    'appender.console.layout.pattern = %p %c{1} %m%n%throwable{short}',
  ]
  fs.writeFileSync(path.join(conf, 'log4j.properties'), `${logging.join('\n')}\n`)
}

/** What Flink reaches into; its start scripts say the same. */
const openModules = [
  '--add-exports=java.base/sun.net.util=ALL-UNNAMED',
  '--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED',
  '--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED',
  ...[
    ...['java.lang', 'java.net', 'java.io', 'java.nio', 'sun.nio.ch', 'java.lang.reflect'],
    ...['java.text', 'java.time', 'java.util', 'java.util.concurrent'],
    ...['java.util.concurrent.atomic', 'java.util.concurrent.locks'],
  ].map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
]
