import { Option } from 'commander'
import { controlErrors } from '../errors.js'
import { type Ports, portNames } from '../project/manifest.js'
import { suggestion } from '../project/spelling.js'

export interface PortOptions {
  ports?: string
  freePorts?: boolean
}

/** Options of the commands that start a platform. */
export function portOptions(): Option[] {
  return [
    new Option('--ports <list>', 'listen elsewhere, such as kafka=19092,console=18080'),
    new Option('--free-ports', 'listen on any free ports'),
  ]
}

/** The ports of the project, as the command line changes them. */
export function choosePorts(project: Ports, options: PortOptions): Ports {
  const ports = { ...project }
  if (options.freePorts) for (const name of portNames) ports[name] = 0
  for (const each of options.ports?.split(',') ?? []) {
    const [name = '', text = ''] = each.split('=').map((part) => part.trim())
    const known = portNames.find((port) => port === name)
    if (known === undefined) {
      const hint = suggestion(name, portNames) ?? ''
      throw controlErrors.badOption(`--ports: there is no port \`${name}\`. ${hint}`.trim())
    }
    const port = Number(text)
    if (!/^\d+$/.test(text) || port > 65_535) {
      throw controlErrors.badOption(
        `--ports: \`${each}\` must be a whole number from 0 to 65535, like ${name}=19092.`,
      )
    }
    ports[known] = port
  }
  return ports
}
