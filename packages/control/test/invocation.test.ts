import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pathArgument, programName, projectArgument } from '../src/cli/invocation.js'

test('npx finds the program inside the checkout only', () => {
  assert.equal(programName('/code/millrace', '/code/millrace'), 'npx millrace')
  assert.equal(programName('/code/millrace/shop', '/code/millrace'), 'npx millrace')
  assert.equal(programName('/code', '/code/millrace'), 'millrace')
  assert.equal(programName('/code/millrace-2', '/code/millrace'), 'millrace')
  assert.equal(programName('/shop', '/shop/node_modules/millrace'), 'millrace')
})

test('a project is named as it is short, and runnable from where the user is', () => {
  assert.equal(projectArgument('/home/a/shop', '/home/a/shop'), '')
  assert.equal(projectArgument('/home/a/shop', '/home/a'), ' -C shop')
  assert.equal(projectArgument('/home/a/shop', '/home/a/other'), ' -C ../shop')
  assert.equal(projectArgument('/home/a/shop', '/home/b/other'), ' -C /home/a/shop')
  assert.equal(pathArgument('/home/a/my shop', '/home/a'), "'my shop'")
  assert.equal(pathArgument('/home/a', '/home/a'), '.')
})
