import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type Answer, agree, ourAnswer } from './python-answers.ts'

const LINES: readonly (Answer & { readonly text: string })[] = readFileSync(
  new URL('fixtures/python-answers.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))

test('recorded expressions have the results of CPython, bit for bit', () => {
  expect(LINES).toHaveLength(600)
  const wrong = LINES.filter((line) => !agree(ourAnswer(line.text), line))
  expect(wrong.map((line) => ({ ...line, ours: ourAnswer(line.text) }))).toEqual([])
})

test('powers of whole numbers are the nearest float, and strings are ordered by code points', () => {
  expect([ourAnswer('10 ** -5'), ourAnswer('10.0 ** 23')]).toEqual([
    { value: ['float', 1e-5] },
    { value: ['float', 1e23] },
  ])
  expect(ourAnswer("'\\uffff' < '\\U0001f600' < '\\U0001f601'")).toEqual({ value: ['bool', true] })
})
