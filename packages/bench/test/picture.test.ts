import { expect, test } from 'vitest'
import { type ArmComparison, formatSvg, type Summary } from '../src/index.ts'

function comparison(arm: string, value: number, more: Partial<ArmComparison> = {}): ArmComparison {
  const ratio = { value, low: value - 0.1, high: value + 0.1 }
  const counts = { seeds: 20, loss: 0.1, within: null, lost: [], actions: 0, steps: 100, seconds: 1, usd: 0, tokens: 0 }
  return { task: 'good', arm, mark: null, ratio, p: null, ...counts, ...more }
}

const GOOD = { name: 'good', title: 'SGD & <good> rate', good: 'good', isGood: true }
const BAD = { name: 'bad', title: 'a bad rate', good: 'good', isGood: false }

function summaryOf(comparisons: readonly ArmComparison[], tasks = [GOOD, BAD]): Summary {
  return { budget: 2000, tasks, comparisons, harm: [], replays: null }
}

function circles(svg: string): readonly { x: number; y: number; color: string }[] {
  return [...svg.matchAll(/<circle cx="([\d.-]+)" cy="(\d+)" r="4.5" fill="(#\w+)"/g)].map(([, x, y, color = '']) => {
    return { x: Number(x), y: Number(y), color }
  })
}

function texts(svg: string): readonly string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text)
}

/** The numbers on the axis, with their positions. */
function ticks(svg: string): readonly (readonly [label: string, x: number])[] {
  return [...svg.matchAll(/<text x="([\d.]+)" y="36" text-anchor="middle"[^>]*>([^<]*)</g)].map(([, x, label = '']) => {
    return [label, Number(x)]
  })
}

test('an interval below 0 is green, one above 0 is red, and one that contains 0 or belongs to the A/A arm is grey', () => {
  const svg = formatSvg(
    summaryOf([
      comparison('nothing', 0),
      comparison('a-a', 0.5),
      comparison('tune', -0.5),
      comparison('rules', 0.5),
      comparison('halve', 0.05),
      comparison('edge', 0.1),
    ]),
  )
  const [grey, green, red] = ['#5f6b7a', '#1a7f4b', '#b3261e']
  expect(circles(svg).map(({ color }) => color)).toEqual([grey, green, red, grey, grey])
  expect(texts(svg)).not.toContain('nothing')
})

test('better results are left of the line at 0, worse ones are right of it, and the widest interval reaches the edges', () => {
  const svg = formatSvg(summaryOf([comparison('tune', -0.4), comparison('rules', 0.2), comparison('halve', 0)]))
  const [tune, rules, halve] = circles(svg).map(({ x }) => x)
  const zero = ticks(svg).find(([label]) => label === '0')?.[1]
  expect(zero).toBe(490)
  expect([tune, rules, halve]).toEqual([490 - 520 * 0.4, 490 + 520 * 0.2, 490])
  // From -0.5 to -0.3.
  expect(svg).toContain('<line x1="230.0" x2="334.0"')
})

test('each row is below the previous one, and each task is below the previous one with a gap between them', () => {
  const rows = [comparison('tune', 0), comparison('rules', 0), comparison('tune', 0, { task: 'bad' })]
  const [first = 0, second = 0, third = 0] = circles(formatSvg(summaryOf(rows))).map(({ y }) => y)
  expect(second - first).toBe(18)
  expect(third - second).toBe(18 + 30)
  expect(first).toBeGreaterThan(46)
})

test('a task without rows has no title, and a picture grows with its rows', () => {
  const one = formatSvg(summaryOf([comparison('tune', 0)]))
  const two = formatSvg(summaryOf([comparison('tune', 0), comparison('rules', 0)]))
  expect(texts(one)).not.toContain('a bad rate')
  const heightOf = (svg: string): number => Number(/ height="(\d+)" viewBox="0 0 860 \1"/.exec(svg)?.[1])
  expect(heightOf(two) - heightOf(one)).toBe(18)
  expect(heightOf(one)).toBeGreaterThan(circles(one)[0]?.y ?? 0)
})

test('titles are escaped, and the budget and the meaning of both sides are shown', () => {
  const svg = formatSvg(summaryOf([comparison('tune', 0)]))
  expect(texts(svg)).toContain('SGD &amp; &lt;good&gt; rate')
  const said = texts(svg).join('|')
  expect(said).toContain('2000 steps')
  expect(said).toContain('\u2190 better')
  expect(said).toContain('worse \u2192')
})

test('a row shows its p value, `chance` if there is none, and the mark of a stand-in', () => {
  const rows = [
    comparison('a-a', 0),
    comparison('tune', 0, { p: 0.04567 }),
    comparison('rules', 0, { p: 0.001 }),
    comparison('llm', 0, { p: 0.0009, mark: 'stand-in' }),
  ]
  const said = texts(formatSvg(summaryOf(rows)))
  expect(said.filter((text) => /^(p |chance)/.test(text) || text.startsWith('p &lt;'))).toEqual([
    'chance',
    'p 0.046',
    'p 0.001',
    'p &lt; 0.001',
  ])
  expect(said).toContain('llm (stand-in)')
})

test.each([
  [4, ['-3.0', '-2.0', '-1.0', '0', '1.0', '2.0', '3.0']],
  [1, ['-0.5', '0', '0.5']],
  [0.5, ['-0.4', '-0.2', '0', '0.2', '0.4']],
  [0.2, ['-0.15', '-0.10', '-0.05', '0', '0.05', '0.10', '0.15']],
  [0.05, ['-0.05', '0', '0.05']],
])('an axis that reaches %d has a few round numbers', (reach, expected) => {
  const ratio = { value: 0, low: -reach, high: reach / 2 }
  const svg = formatSvg(summaryOf([comparison('tune', 0, { ratio })]))
  expect(ticks(svg).map(([label]) => label)).toEqual(expected)
  const dark = [...svg.matchAll(/<line x1="([\d.]+)"[^>]*stroke="#1f2933"/g)].map(([, x]) => Number(x))
  expect(dark).toEqual([490])
})

test('an interval without numbers does not change the axis', () => {
  const ratio = { value: Number.NaN, low: Number.NaN, high: Number.POSITIVE_INFINITY }
  const svg = formatSvg(summaryOf([comparison('tune', 0.3), comparison('rules', 0, { ratio })]))
  expect(ticks(svg).map(([label]) => label)).toContain('0.2')
})
