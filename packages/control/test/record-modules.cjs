// Appends the file of each CommonJS module that is loaded to the file that MODULES_FILE names:
// `node --require` it. A process that is killed has told all the same.
const { appendFileSync } = require('node:fs')
const Module = require('node:module')

const file = process.env.MODULES_FILE
const load = Module._extensions['.js']
Module._extensions['.js'] = (module, filename) => {
  appendFileSync(file, `${filename}\n`)
  load(module, filename)
}
