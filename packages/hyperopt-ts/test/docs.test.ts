import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as analysis from '../src/analysis.ts'
import * as root from '../src/index.ts'
import * as node from '../src/node.ts'
import * as optuna from '../src/optuna.ts'
import * as plot from '../src/plot.ts'
import * as sampler from '../src/sampler.ts'
import * as testing from '../src/testing.ts'

const DOCS = new URL('../../../docs/hyperopt/', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, DOCS), 'utf8')

test('the API reference matches the code', async () => {
  // The type checker does not resolve a computed name. The script has no types.
  const { apiReference } = await import(new URL('../scripts/api-reference.mjs', import.meta.url).href)
  expect(read('api.md')).toBe(apiReference())
})

test('the README names every function and every entry of the package', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const entries = [root, analysis, sampler, node, plot, optuna, testing]
  const unnamed = entries.flatMap((entry) => Object.keys(entry)).filter((name) => !readme.includes(`\`${name}\``))
  expect(unnamed.sort()).toEqual(['gridSize', 'parseStudyDocument'])
})

test('the published figures hold except for those that the page explains, and the plots exist', () => {
  const page = read('benchmarks.md')
  const claims = [...page.matchAll(/^\| (.+) \| (holds|\*\*does not hold\*\*) \|$/gm)]
  expect(claims).toHaveLength(14)
  const short = claims.filter(([, , verdict]) => verdict !== 'holds').map(([, claim = '']) => claim)
  const explained = /^(1,000 trials of 10 mixed|5,000 trials)/
  expect(short.filter((claim) => !explained.test(claim))).toEqual([])
  expect(page).toContain('Known shortcomings:')
  expect(readdirSync(DOCS)).toEqual(expect.arrayContaining(['quality.svg', 'speed.svg', 'benchmarks.json', 'guide.md']))
  for (const name of ['quality.svg', 'speed.svg']) expect(read(name)).toMatch(/^<svg [\s\S]*<\/svg>\n$/)
})
