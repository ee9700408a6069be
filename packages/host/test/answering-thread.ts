import { serveThread } from '../src/index.js'

// A thread for `threads.test.ts`: doubles numbers in a buffer, fails and ends when told to.
serveThread(async (message) => {
  if (message === 'fail') throw new RangeError('told to fail')
  if (message === 'end') process.exit(0)
  const numbers = new Float64Array(message as ArrayBuffer)
  numbers.forEach((number, at) => {
    numbers[at] = number * 2
  })
  return { message: numbers.buffer, handedOver: [numbers.buffer] }
})
