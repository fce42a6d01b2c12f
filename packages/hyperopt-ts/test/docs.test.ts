import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as root from '../src/index.ts'
import * as testing from '../src/testing.ts'

const DOCS = new URL('../../../docs/hyperopt/', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, DOCS), 'utf8')

test('the API reference matches the code', async () => {
  // A name that the type checker does not follow: the script has no types.
  const { apiReference } = await import(new URL('../scripts/api-reference.mjs', import.meta.url).href)
  expect(read('api.md')).toBe(apiReference())
})

test('the README names every function and every entry of the package', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const unnamed = [...Object.keys(root), ...Object.keys(testing)].filter((name) => !readme.includes(`\`${name}\``))
  // Useful for authors of samplers; the reference has them.
  expect(unnamed.sort()).toEqual(
    ['createLayout', 'createRandom', 'gridSize', 'parseSpace', 'parseStudyDocument'].filter(
      (name) => !readme.includes(`\`${name}\``),
    ),
  )
})

test('the published figures hold but for those that the page explains, and the plots exist', () => {
  const page = read('benchmarks.md')
  const claims = [...page.matchAll(/^\| (.+) \| (holds|\*\*does not hold\*\*) \|$/gm)]
  expect(claims).toHaveLength(12)
  const short = claims.filter(([, , verdict]) => verdict !== 'holds').map(([, claim = '']) => claim)
  const explained = /^(1,000 trials of 10 mixed|5,000 trials|`auto\(\)` significantly worse than Optuna's GP)/
  expect(short.filter((claim) => !explained.test(claim))).toEqual([])
  expect(page).toContain('What falls short:')
  expect(readdirSync(DOCS)).toEqual(expect.arrayContaining(['quality.svg', 'speed.svg', 'benchmarks.json', 'guide.md']))
  for (const name of ['quality.svg', 'speed.svg']) expect(read(name)).toMatch(/^<svg [\s\S]*<\/svg>\n$/)
})
