import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KafkaError } from '../src/errors.js'
import { TopicPattern } from '../src/groups/pattern/topic-pattern.js'

test('a pattern matches a name as a whole', () => {
  const cases: [pattern: string, matching: string[], others: string[]][] = [
    ['rides', ['rides'], ['ride', 'rides2', 'Rides']],
    ['rides.*', ['rides', 'rides-eu'], ['my-rides']],
    ['rides|fares', ['rides', 'fares'], ['ridesfares', 'rid']],
    ['(rides|fares)-(eu|us)?', ['rides-eu', 'fares-'], ['rides', 'rides-asia']],
    ['a+b*c?', ['a', 'aabbc', 'ac'], ['b', 'abcc']],
    ['a{2}', ['aa'], ['a', 'aaa']],
    ['a{2,}', ['aa', 'aaaa'], ['a']],
    ['a{1,3}?b', ['ab', 'aaab'], ['b', 'aaaab']],
    ['a{2', ['a{2'], ['aa']],
    ['a{,2}', ['a{,2}'], ['aa']],
    ['[a-c]x', ['ax', 'cx'], ['dx', 'x']],
    ['[^a-c]x', ['dx', '-x'], ['ax']],
    ['[]a]', [']', 'a'], ['b']],
    ['[a-]', ['a', '-'], ['b']],
    ['[[:alpha:]_]+', ['a_B'], ['a1']],
    ['[[:^digit:]]', ['a'], ['1']],
    ['\\d+\\.\\w+', ['12.a_1'], ['a.b', '12xa']],
    ['\\D\\W\\S', ['a-b'], ['1-b', 'aab']],
    ['\\pL\\p{Nd}\\P{L}', ['a1-'], ['1a-', 'a1b']],
    ['\\Qa.b\\E+', ['a.b', 'a.bbb'], ['axb', 'a.ba.b']],
    ['\\x61\\x{62}\\07', ['ab\u0007'], ['ab']],
    ['(?i)rides', ['RIDES', 'rides'], ['fares']],
    ['(?i)[^a]', ['b'], ['a', 'A']],
    ['(?i:a)b', ['Ab', 'ab'], ['AB']],
    ['(?:a)(?P<n>b)(?<m>c)', ['abc'], ['ab']],
    ['^a$', ['a'], ['ba']],
    ['\\Aa\\z', ['a'], ['aa']],
    ['a\\b-\\bb', ['a-b'], ['ab']],
    ['a\\Bb', ['ab'], ['a-b']],
    ['', [''], ['a']],
    ['()|a', ['', 'a'], ['b']],
    ['(a*)*(b|c*)+', ['', 'aab', 'ccb'], ['d']],
  ]
  for (const [pattern, matching, others] of cases) {
    const compiled = new TopicPattern(pattern)
    for (const each of matching) assert.ok(compiled.matches(each), `${pattern} and "${each}"`)
    for (const each of others) assert.ok(!compiled.matches(each), `${pattern} and "${each}"`)
  }
})

test('what RE2 does not have is refused', () => {
  // Apache Kafka 4.3.1 refuses each of them.
  const refused = ['a**', 'a++', 'x{2}{3}', 'a{1001}', '\\1', '\\8', '(?=a)', '(?<!a)', '(?P=n)']
  const broken = ['[a', '[^]', '[a-\\d]', '[b-a]', '(', ')', '(?', '*', '\\', '\\C', '\\p{Nobody}']
  for (const pattern of [...refused, ...broken]) {
    assert.throws(
      () => new TopicPattern(pattern),
      (cause) => cause instanceof KafkaError && cause.codeName === 'INVALID_REGULAR_EXPRESSION',
      pattern,
    )
  }
})

test('a pattern takes time by its length, and is bounded', () => {
  const name = 'a'.repeat(249)
  // An expression of JavaScript would look at more ways through it than there are atoms.
  assert.ok(!new TopicPattern('(a*)*(a*)*(a|a)*b').matches(name))
  assert.ok(new TopicPattern('(a{0,50}){5}').matches(name))
  const tooLong = ['a'.repeat(5000), '(a{1000}){1000}', '('.repeat(2000)]
  for (const pattern of tooLong) assert.throws(() => new TopicPattern(pattern), KafkaError)
})
