import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createArms, formatCsv, formatMarkdown, formatSvg, type Row, summarize, writeReport } from '../src/index.ts'

const ARMS = createArms()

function row(task: string, arm: string, seed: number, loss: number): Row {
  const cost = { seconds: 1, usd: 0, tokens: 0, weights: `${task} ${seed}` }
  return { task, arm, seed, budget: 100, loss, accuracy: 0.9, steps: 100, last: 100, actions: 2, ...cost }
}

const SEEDS = [1, 2, 3, 4, 5, 6]
const ROWS = SEEDS.flatMap((seed) => [
  row('good', 'nothing', seed, 0.1 + seed / 1000),
  row('good', 'a-a', seed, 0.1 + seed / 1000),
  row('good', 'tune', seed, 0.12 + seed / 1000),
  row('good', 'replay', seed, 0.12 + seed / 1000),
  row('good', 'llm', seed, 0.1 + seed / 1000),
  row('high', 'nothing', seed, 2.3),
  row('high', 'rules', seed, 0.1 + seed / 1000),
  row('high', 'tune', seed, seed === 3 ? 2.29 : 0.11),
])

test('an arm is compared with the untouched runs of its own seeds', () => {
  const { comparisons } = summarize([...ROWS, row('high', 'rules', 9, 5)], 100, ARMS)
  const rules = comparisons.find(({ task, arm }) => task === 'high' && arm === 'rules')
  expect(rules).toMatchObject({ seeds: 6, lost: [], loss: expect.closeTo(0.1035, 9) })
  expect(rules?.ratio.value).toBeCloseTo(Math.log(0.1035 / 2.3), 3)
  expect(rules?.ratio.high).toBeLessThan(0)
  // Exact for six pairs with the same sign: 2 / 2^6. There are five comparisons, and one of them has a smaller p value.
  expect(rules?.p).toBeCloseTo((2 / 64) * 4, 5)
  expect(rules?.within?.value).toBe(1)
})

test('worse results come first, with their intervals, and lost seeds are listed by number', () => {
  const text = formatMarkdown(summarize(ROWS, 100, ARMS), ARMS)
  const [, losses = ''] = text.split('## ')
  expect(losses).toMatch(/^Where an arm lost\n/)
  expect(losses).toContain('SGD, good rate, `tune`: the tuner in active mode: 0.1')
  expect(text).toContain('1: 3')
  expect(text).toContain('**above**')
})

test('the overview has a factor for each task and arm, and marks better and worse ones only if there are enough seeds', () => {
  const more = ROWS.map((one) => ({ ...one, seed: one.seed + 6 }))
  const text = formatMarkdown(summarize([...ROWS, ...more], 100, ARMS), ARMS)
  expect(text).toContain('| | `a-a` | `rules` | `tune` | `llm` (**stand-in**) |')
  expect(text).toContain('| SGD, good rate | 1.00 |  | ⚠ 1.19 | 1.00 |')
  expect(text).toContain('| SGD, rate 30 times too high |  | **0.04** | **0.05** |  |')
  const few = formatMarkdown(summarize(ROWS, 100, ARMS), ARMS)
  expect(few).toContain('| SGD, good rate | 1.00 |  | 1.19 | 1.00 |')
  expect(few).toContain(', from 6 seeds only.')
})

test('a language model that is a script is marked as a stand-in wherever it is named', () => {
  const summary = summarize(ROWS, 100, ARMS)
  const lines = formatMarkdown(summary, ARMS)
    .split('\n')
    .filter((line) => line.includes('`llm`'))
  expect(lines.length).toBeGreaterThan(0)
  expect(lines.every((line) => line.includes('**stand-in**'))).toBe(true)
  expect(formatSvg(summary)).toContain('llm (stand-in)')
  expect(formatCsv(summary.comparisons)).toContain('good,llm,stand-in,6,')
})

test('a loss of 0 has a ratio', () => {
  const rows = [row('good', 'nothing', 1, 0), row('good', 'tune', 1, 0), row('good', 'rules', 1, 1)]
  const { comparisons } = summarize(rows, 100, ARMS)
  const ratioOf = (name: string): number | undefined => comparisons.find(({ arm }) => arm === name)?.ratio.value
  expect(ratioOf('tune')).toBe(0)
  expect(ratioOf('rules')).toBeGreaterThan(10)
  expect(ratioOf('rules')).toBeLessThan(30)
})

test('harm is judged on good settings only, against 0.05 or the A/A runs', () => {
  const { harm } = summarize(ROWS, 100, ARMS)
  expect(harm.map(({ task, arm, isWithin }) => [task, arm, isWithin])).toEqual([
    ['good', 'tune', false],
    ['good', 'replay', false],
    ['good', 'llm', true],
  ])
  const chaos = ROWS.map((one) => (one.arm === 'a-a' ? { ...one, loss: one.loss * 1.4 } : one))
  expect(summarize(chaos, 100, ARMS).harm.every(({ isWithin }) => isWithin)).toBe(true)
})

test('a replay with other weights is counted as unequal', () => {
  expect(summarize(ROWS, 100, ARMS).replays).toEqual({ equal: 6, count: 6 })
  const other = ROWS.map((one) => (one.arm === 'replay' && one.seed === 2 ? { ...one, weights: 'x' } : one))
  expect(summarize(other, 100, ARMS).replays).toEqual({ equal: 5, count: 6 })
})

test('a field of the CSV that contains a comma or a quote is quoted', () => {
  const [first] = summarize(ROWS, 100, ARMS).comparisons
  if (first === undefined) throw new Error('there is no comparison')
  expect(formatCsv([{ ...first, task: 'a "b", c' }]).split('\r\n')[1]).toMatch(/^"a ""b"", c",nothing,,6,/)
})

test('the picture is also drawn as PNG if the package for it is installed', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'bench-report-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const { files, note } = await writeReport(dir, summarize(ROWS, 100, ARMS), ARMS)
  expect(note).toBeNull()
  const png = readFileSync(join(dir, 'report.png'))
  expect(png.subarray(1, 4).toString()).toBe('PNG')
  expect(files.map((file) => basename(file))).toEqual([
    'report.json',
    'report.csv',
    'report.md',
    'report.svg',
    'report.png',
  ])
})
