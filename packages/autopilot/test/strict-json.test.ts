import { expect, test } from 'vitest'
import { readOneObject } from '../src/ai/strict-json.ts'

test('an object is read, also inside a Markdown fence', () => {
  for (const text of ['{"a": 1}', '```json\n{"a": 1}\n```', ' ```\n{"a": 1}\n``` '])
    expect(readOneObject(text)).toEqual({ ok: true, value: { a: 1 } })
})

test.each([
  ['', 'the answer is empty'],
  ['Sure! {"a": 1}', 'the answer is not JSON'],
  ['{"a": 1}{"b": 2}', 'the answer is not JSON'],
  ['[1]', 'the answer is not a JSON object'],
  ['null', 'the answer is not a JSON object'],
  ['{"a": 1, "a": 2}', 'the answer has the key "a" twice'],
  ['{"a": {"b": 1, "\\u0062": 2}}', 'the answer has the key "\\u0062" twice'],
  ['{"a": 1e999}', 'the answer contains a number that is not finite'],
  ['{"a": NaN}', 'the answer is not JSON'],
  ['{"a":'.repeat(20), 'the answer is more than 16 levels deep'],
  ['['.repeat(9000), 'the answer is more than 16 levels deep'],
  ['x'.repeat(70_000), 'the answer has 70000 characters, 65536 are allowed'],
])('%.30s is refused', (text, reason) => {
  expect(readOneObject(text)).toEqual({ ok: false, reason })
})

test('a key that is the name of another object, and a text that contains braces, are no problem', () => {
  expect(readOneObject('{"a": {"a": "{\\"a\\": 1, \\"a\\": 2}"}}')).toMatchObject({ ok: true })
})
