/**
 * Where the files lie that come with this package. They are found from here alone: building puts the
 * programs together in `dist/bundle`, which is as deep as this file's own place, `dist/src`.
 */
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** This package's own folder. */
const control = fileURLToPath(new URL('../..', import.meta.url))

/** The root of what this program was installed in, or of the checkout that it runs from. */
export const installation = path.join(control, '..', '..')

export const packageFile = path.join(control, 'package.json')

/** The project that `new` writes. */
export const templateFolder = path.join(control, 'template')

/** The project that the demo runs. */
export const ridesFolder = path.join(installation, 'examples', 'rides')

/** The console's page, once it is built. */
export const pageFolder = path.join(installation, 'packages', 'console', 'dist', 'page')

/**
 * The program of a role, as building has put it together: to load its modules one by one would
 * take longer.
 */
export function programOf(role: string): string {
  return path.join(control, 'dist', 'bundle', `${role}.js`)
}
