import { expect, test } from 'vitest'
import { type Arm, type ArmComparison, formatCsv, formatMarkdown, type Summary } from '../src/index.ts'
import { fixed, intervalText, pText, seedsText, shareText } from '../src/report/words.ts'

const ARMS: readonly Arm[] = ['nothing', 'a-a', 'tune', 'rules', 'llm', 'replay'].map((name) => {
  return { name, title: `title of ${name}` }
})
const TASKS = [
  { name: 'good', title: 'Good task', good: 'good', isGood: true },
  { name: 'bad', title: 'Bad task', good: 'good', isGood: false },
]

function comparison(arm: string, more: Partial<ArmComparison> = {}): ArmComparison {
  const counts = { seeds: 10, within: null, lost: [], actions: 2, steps: 100, seconds: 1, usd: 0, tokens: 0 }
  const ratio = { value: 0, low: -0.1, high: 0.1 }
  return { task: 'good', arm, mark: null, ratio, p: 0.5, loss: 0.25, ...counts, ...more }
}

function report(comparisons: readonly ArmComparison[], more: Partial<Summary> = {}): string {
  return formatMarkdown({ budget: 700, tasks: TASKS, comparisons, harm: [], replays: null, ...more }, ARMS)
}

/** The lines under a heading, without empty ones. */
function part(text: string, title: string): readonly string[] {
  const found = text.split('\n## ').find((one) => one.startsWith(`${title}\n`))
  return (found ?? '')
    .split('\n')
    .slice(1)
    .filter((line) => line !== '')
}

const WORSE = { value: 0.2, low: 0.1, high: 0.3 }
const BETTER = { value: -0.2, low: -0.3, high: -0.1 }

test('an arm that is worse according to its interval is listed with it, and the A/A arm and better arms are not', () => {
  const text = report([
    comparison('nothing'),
    comparison('a-a', { ratio: WORSE }),
    comparison('tune', { ratio: WORSE }),
    comparison('rules', { ratio: BETTER }),
    comparison('llm', { ratio: { value: 0.1, low: 0, high: 0.2 } }),
  ])
  expect(part(text, 'Where an arm lost')).toEqual(['- Good task, `tune`: title of tune: 0.200 (0.100 to 0.300).'])
})

test('an interval of fewer than ten seeds is marked with their number', () => {
  const rows = [comparison('tune', { ratio: WORSE, seeds: 9 }), comparison('rules', { ratio: WORSE, seeds: 1 })]
  expect(part(report(rows), 'Where an arm lost')).toEqual([
    expect.stringMatching(/`tune`.*, from 9 seeds only\.$/),
    expect.stringMatching(/`rules`.*, from 1 seed only\.$/),
  ])
})

test('only seeds that are not lost untouched count as lost, and those of the A/A arm never do', () => {
  const text = report([
    comparison('nothing', { lost: [1] }),
    comparison('a-a', { lost: [1, 2] }),
    comparison('tune', { lost: [1, 3, 4] }),
    comparison('rules', { lost: [1] }),
    comparison('llm', { task: 'bad', lost: [1] }),
  ])
  const [first, second, ...more] = part(text, 'Where an arm lost')
  expect(first).toContain('Good task, `tune`: title of tune: lost runs that were not lost untouched (2: 3, 4)')
  expect(second).toContain('Bad task, `llm`: title of llm: lost runs that were not lost untouched (1: 1)')
  expect(more).toEqual([])
})

test('a report without worse arms or lost runs states that', () => {
  const text = report([comparison('nothing'), comparison('tune')])
  const lines = part(text, 'Where an arm lost')
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^According to the intervals, no arm is worse .* No arm lost a run\.$/)
})

test('a task has a table with a row for each of its arms', () => {
  const text = report([
    comparison('nothing', { p: null, within: { value: 1, low: 0.72, high: 1 } }),
    comparison('tune', { ratio: BETTER, p: 0.0004, lost: [5], loss: 0.1, mark: 'stand-in', actions: 3, steps: 99 }),
    comparison('llm', { usd: 0.01234, tokens: 12_345 }),
    comparison('rules', { task: 'bad' }),
  ])
  const [head = '', rule = '', ...rows] = part(text, 'Good task')
  expect(head.split('|')).toHaveLength(12)
  expect(rule).toMatch(/^(\|---){10}\|$/)
  expect(rows).toEqual([
    '| `nothing`: title of nothing | 10 | 0.250 |  |  | 100 % (72 to 100) | none | 2 | 100 |  |',
    '| `tune`: title of tune (**stand-in**) | 10 | 0.100 | -0.200 (-0.300 to -0.100) | < 0.001 |  | 1: 5 | 3 | 99 |  |',
    '| `llm`: title of llm | 10 | 0.250 | 0.000 (-0.100 to 0.100) | 0.500 |  | none | 2 | 100 | 0.0123 USD, 12,345 tokens |',
  ])
  expect(part(text, 'Bad task')).toHaveLength(3)
  expect(text).toMatch(/^Final test loss after 700 computed steps\./)
})

test('the overview has a column for each arm with rows, but none for the untouched runs and replays', () => {
  const text = report([
    comparison('nothing'),
    comparison('replay'),
    comparison('a-a', { ratio: WORSE }),
    comparison('tune', { ratio: BETTER }),
    comparison('rules', { ratio: WORSE, mark: 'stand-in' }),
    comparison('rules', { ratio: { value: 1, low: 0.9, high: 1.1 }, task: 'bad', seeds: 9 }),
  ])
  const [words = '', ...table] = part(text, 'Overview')
  expect(words).toContain('at least 10 seeds')
  expect(table).toEqual([
    '| | `a-a` | `tune` | `rules` (**stand-in**) |',
    '|---|---|---|---|',
    '| Good task | 1.22 | **0.82** | ⚠ 1.22 |',
    '| Bad task |  |  | 2.72 |',
  ])
})

test('an interval that contains 0 is neither better nor worse', () => {
  const touching = { value: 0.1, low: 0, high: 0.2 }
  const other = { value: -0.1, low: -0.2, high: 0 }
  const text = report([comparison('tune', { ratio: touching }), comparison('rules', { ratio: other })])
  expect(part(text, 'Overview')[3]).toBe('| Good task | 1.11 | 0.90 |')
})

test('without an arm that acts there is no overview', () => {
  expect(part(report([comparison('nothing'), comparison('replay')]), 'Overview')).toEqual([])
})

test('harm has its bound and its limit, and is marked if the bound is above the limit', () => {
  const harm = [
    { task: 'good', arm: 'tune', bound: 0.04, limit: 0.05, isWithin: true },
    { task: 'gone', arm: 'llm', bound: 0.3, limit: 0.06, isWithin: false },
  ]
  const rows = part(report([comparison('tune'), comparison('llm', { mark: 'stand-in' })], { harm }), 'Harm').slice(1)
  expect(rows[1]).toMatch(/^(\|---){5}\|$/)
  expect(rows.slice(2)).toEqual([
    '| Good task | `tune`: title of tune | 0.040 | 0.050 | within |',
    '| gone | `llm`: title of llm (**stand-in**) | 0.300 | 0.060 | **above** |',
  ])
  expect(report([comparison('tune')])).not.toContain('## Harm')
})

test('replays are counted if there are any', () => {
  expect(report([], { replays: { equal: 3, count: 4 } })).toContain('\n\n3 of 4 replays ')
  expect(report([])).not.toContain('replays')
})

test('numbers have three digits, fractions are percentages, and unknown values are empty', () => {
  expect(intervalText({ value: 1 / 3, low: -1, high: 2 })).toBe('0.333 (-1.000 to 2.000)')
  expect(shareText({ value: 0.931, low: 0.79, high: 0.98 })).toBe('93 % (79 to 98)')
  expect([fixed(Number.NaN), fixed(1.23456)]).toEqual(['', '1.235'])
  expect([null, 0.0009, 0.001, 0.25].map(pText)).toEqual(['', '< 0.001', '0.001', '0.250'])
})

test('a list of more than eight seeds is shortened', () => {
  expect(seedsText([])).toBe('none')
  expect(seedsText([3, 5])).toBe('2: 3, 5')
  expect(seedsText([1, 2, 3, 4, 5, 6, 7, 8])).toBe('8: 1, 2, 3, 4, 5, 6, 7, 8')
  expect(seedsText([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).toBe('10: 1, 2, 3, 4, 5, 6, 7, 8 and 2 more')
})

test('the CSV has a column for each value, and empty fields for missing values', () => {
  const within = { value: 0.5, low: 0.25, high: 0.75 }
  const full = comparison('llm', { within, lost: [2, 7], mark: 'stand-in', usd: 0.5, tokens: 9, ratio: WORSE })
  const [head = '', first, second, last] = formatCsv([full, comparison('nothing', { p: null })]).split('\r\n')
  const names = head.split(',')
  const fields = (line = ''): Readonly<Record<string, string | undefined>> =>
    Object.fromEntries(line.split(',').map((text, at) => [names[at], text]))
  expect(fields(first)).toEqual({
    ...{ task: 'good', arm: 'llm', mark: 'stand-in', seeds: '10', loss: '0.25', p: '0.5' },
    ...{ log_ratio: '0.2', log_ratio_low: '0.1', log_ratio_high: '0.3' },
    ...{ within: '0.5', within_low: '0.25', within_high: '0.75', lost_seeds: '2 7' },
    ...{ actions: '2', steps: '100', seconds: '1', usd: '0.5', tokens: '9' },
  })
  expect(fields(second)).toMatchObject({ arm: 'nothing', mark: '', p: '', within: '', within_high: '', lost_seeds: '' })
  expect(last).toBe('')
})

test('a field with a line end is quoted, one with a space is not', () => {
  const lines = formatCsv([comparison('a\nb'), comparison('a\rb'), comparison('a b')])
  expect(lines).toContain('good,"a\nb",')
  expect(lines).toContain('good,"a\rb",')
  expect(lines).toContain('good,a b,')
})
