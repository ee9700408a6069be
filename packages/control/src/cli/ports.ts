import { Option } from 'commander'
import { controlErrors } from '../errors.js'
import { type PortName, type Ports, portNames } from '../project/manifest.js'
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

/** The ports of the project, as the command line changes them: of a role, or of a cluster. */
export function choosePorts(project: Ports, options: PortOptions): Ports {
  const roles: Record<PortName, number> = { ...project }
  const clusters = { ...project.clusters }
  if (options.freePorts) {
    for (const name of portNames) roles[name] = 0
    for (const name of Object.keys(clusters)) clusters[name] = 0
  }
  const names = [...portNames, ...Object.keys(clusters)]
  for (const each of options.ports?.split(',') ?? []) {
    const [name = '', text = ''] = each.split('=').map((part) => part.trim())
    if (!names.includes(name)) {
      const hint = suggestion(name, names) ?? ''
      throw controlErrors.badOption(`--ports: there is no port \`${name}\`. ${hint}`.trim())
    }
    const port = Number(text)
    if (!/^\d+$/.test(text) || port > 65_535) {
      throw controlErrors.badOption(
        `--ports: \`${each}\` must be a whole number from 0 to 65535, like ${name}=19092.`,
      )
    }
    const role = portNames.find((known) => known === name)
    if (role === undefined) clusters[name] = port
    else roles[role] = port
  }
  return { ...roles, clusters }
}
