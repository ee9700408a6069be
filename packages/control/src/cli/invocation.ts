import path from 'node:path'
import { installation } from '../installation.js'

/** Where the user is; npm runs a script in the folder of its package.json, wherever it is called. */
export function userFolder(): string {
  const { npm_lifecycle_event: script, INIT_CWD: calledIn } = process.env
  return script === undefined ? process.cwd() : (calledIn ?? process.cwd())
}

/** How to call this program from `folder`: by npx inside a checkout, which no PATH knows. */
export function programName(folder = userFolder(), checkout = installation): string {
  const isCheckout = !checkout.split(path.sep).includes('node_modules')
  const way = path.relative(checkout, folder)
  const isInside = way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way)
  return isCheckout && isInside ? 'npx millrace' : 'millrace'
}

/** `place` as an argument typed in `folder`: relative where that is short, else absolute. */
export function pathArgument(place: string, folder = userFolder()): string {
  const relative = path.relative(folder, place)
  const isFar = relative.startsWith(path.join('..', '..'))
  const text = isFar || path.isAbsolute(relative) ? place : relative || '.'
  return /^[\w./@+,:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** ` -C FOLDER`, or nothing where the user is in that folder. */
export function projectArgument(place: string, folder = userFolder()): string {
  const argument = pathArgument(place, folder)
  return argument === '.' ? '' : ` -C ${argument}`
}
