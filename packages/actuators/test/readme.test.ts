import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as everything from '../src/index.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

test('the example of the README runs as printed and does what the README says', () => {
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  const body = code.replace(/^import .*$/m, '')
  const printed: unknown[] = []
  const run = new Function(...Object.keys(everything), 'console', body)
  run(...Object.values(everything), { log: (...words: unknown[]) => printed.push(words) })
  expect([code.includes('optimizerActuators'), printed]).toEqual([true, [[0.02, 0.5]]])
})

test('the README names every export', () => {
  for (const name of Object.keys(everything)) expect(readme).toContain(`\`${name}`)
})
