import { expect, test } from 'vitest'
import { readOneObject } from '../src/ai/strict-json.ts'

test('an object is read, even inside a Markdown fence', () => {
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
  ['  \n', 'the answer is empty'],
  ['```json\n\n```', 'the answer is empty'],
  ['x ```json\n{"a": 1}\n```', 'the answer is not JSON'],
  ['```json\n{"a": 1}\n``` x', 'the answer is not JSON'],
  ['3', 'the answer is not a JSON object'],
  ['{"a": [{"b": [1, -1e999]}]}', 'the answer contains a number that is not finite'],
  ['{"a": 1, "b": {}, "a" \n : 2}', 'the answer has the key "a" twice'],
  ['{"b": [{"a": 1}], "b": 2}', 'the answer has the key "b" twice'],
  ['{"b": [[{"a": 1, "a": 1}]]}', 'the answer has the key "a" twice'],
  [`{"${'k'.repeat(50)}": 1, "${'k'.repeat(50)}": 2}`, `the answer has the key "${'k'.repeat(39)} twice`],
  [`${'{"a":'.repeat(17)}1${'}'.repeat(17)}`, 'the answer is more than 16 levels deep'],
  ['x'.repeat(65_537), 'the answer is 65537 characters long; the limit is 65536'],
  ['x'.repeat(65_536), 'the answer is not JSON'],
  ['x'.repeat(70_000), 'the answer is 70000 characters long; the limit is 65536'],
])('%.30s is refused', (text, reason) => {
  expect(readOneObject(text)).toEqual({ ok: false, reason })
})

test('a key that also occurs in another object, and a string that contains braces, are accepted', () => {
  const texts = [
    '{"a": {"a": "{\\"a\\": 1, \\"a\\": 2}"}}',
    '{"a": ["a", "a", {"a": 1}, {"a": 2}], "b": "a", "c": "b"}',
    '{"x": {"a": 1}, "y": {"a": 1}, "z": null, "w": [true, "{", "]"]}',
    `${'{"a":'.repeat(16)}1${'}'.repeat(16)}`,
    `{"a": [${'[],'.repeat(20)}[]], "b": 1}`,
  ]
  for (const text of texts) expect(readOneObject(text), text).toEqual({ ok: true, value: JSON.parse(text) })
})
