import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  type Arm,
  type ArmComparison,
  formatMarkdown,
  formatSvg,
  medianEstimate,
  type Summary,
  shareEstimate,
  writeReport,
} from '../src/index.ts'

const ARMS: readonly Arm[] = ['nothing', 'a-a', 'tune', 'llm'].map((name) => ({ name, title: `title of ${name}` }))
const TASKS = [
  { name: 'good', title: 'Good & <task>', good: 'good', isGood: true },
  { name: 'bad', title: 'Bad task', good: 'good', isGood: false },
]

function comparison(task: string, arm: string, value: number, more: Partial<ArmComparison> = {}): ArmComparison {
  const ratio = { value, low: value - 0.1, high: value + 0.1 }
  const counts = { seeds: 20, within: null, lost: [], actions: 2, steps: 100, seconds: 1, usd: 0, tokens: 0 }
  return { task, arm, mark: null, ratio, p: null, loss: 0.25, ...counts, ...more }
}

const SUMMARY: Summary = {
  budget: 700,
  tasks: TASKS,
  comparisons: [
    comparison('good', 'nothing', 0, { within: { value: 0.95, low: 0.76, high: 0.99 } }),
    comparison('good', 'a-a', 0.05),
    comparison('good', 'tune', 0.3, { p: 0.0004, lost: [3, 5] }),
    comparison('bad', 'nothing', 0, { lost: [1] }),
    comparison('bad', 'llm', -0.4, { p: 0.0312, mark: 'stand-in', seeds: 9, usd: 0.5, tokens: 1234, lost: [1] }),
  ],
  harm: [{ task: 'good', arm: 'tune', bound: 0.4, limit: 0.15, isWithin: false }],
  replays: { equal: 3, count: 4 },
}

const HEAD = `| arm | seeds | loss | log ratio to untouched | p | within 1.3 x good | lost seeds | actions | steps | cost |
|---|---|---|---|---|---|---|---|---|---|`

test('a report lists lost comparisons first, then an overview, a table for each task, the harm and the replays', () => {
  expect(
    formatMarkdown(SUMMARY, ARMS),
  ).toBe(`Final test loss after 700 computed steps. The log ratio compares it with the untouched run with the same seed and is shown with its 95 % interval; below 0 is better. p is adjusted for all comparisons.

## Where an arm lost

- Good & <task>, \`tune\`: title of tune: 0.300 (0.200 to 0.400).
- Good & <task>, \`tune\`: title of tune: lost runs that were not lost untouched (2: 3, 5).

## Overview

The median ratio of the final loss to that of the untouched run with the same seed. **Bold** is better and ⚠ is worse, according to the 95 % interval over at least 10 seeds, which is not adjusted for the number of comparisons.

| | \`a-a\` | \`tune\` | \`llm\` (**stand-in**) |
|---|---|---|---|
| Good & <task> | 1.05 | ⚠ 1.35 |  |
| Bad task |  |  | 0.67 |

## Good & <task>

${HEAD}
| \`nothing\`: title of nothing | 20 | 0.250 |  |  | 95 % (76 to 99) | none | 2 | 100 |  |
| \`a-a\`: title of a-a | 20 | 0.250 | 0.050 (-0.050 to 0.150) |  |  | none | 2 | 100 |  |
| \`tune\`: title of tune | 20 | 0.250 | 0.300 (0.200 to 0.400) | < 0.001 |  | 2: 3, 5 | 2 | 100 |  |

## Bad task

${HEAD}
| \`nothing\`: title of nothing | 20 | 0.250 |  |  |  | 1: 1 | 2 | 100 |  |
| \`llm\`: title of llm (**stand-in**) | 9 | 0.250 | -0.400 (-0.500 to -0.300) | 0.031 |  | 1: 1 | 2 | 100 | 0.5000 USD, 1,234 tokens |

## Harm

The effect of each arm when nothing is wrong. The limit is 0.05, or the bound of the A/A runs if that is greater.

| good setting | arm | upper 95 % bound | limit | |
|---|---|---|---|---|
| Good & <task> | \`tune\`: title of tune | 0.400 | 0.150 | **above** |

3 of 4 replays end with weights that are bit-identical to those of the original run.
`)
})

test('a report without comparisons has its headings, and a line which states that no arm lost', () => {
  const empty = { budget: 5, tasks: [], comparisons: [], harm: [], replays: null }
  expect(formatMarkdown(empty, ARMS).split('\n').slice(1)).toEqual([
    '',
    '## Where an arm lost',
    '',
    'According to the intervals, no arm is worse than the untouched runs. No arm lost a run.',
    '',
    '## Overview',
    '',
    '',
  ])
})

test('the picture has a title, an axis with both directions, and a row for each arm', () => {
  expect(
    formatSvg(SUMMARY),
  ).toBe(`<svg xmlns="http://www.w3.org/2000/svg" width="860" height="170" viewBox="0 0 860 170" font-family="DejaVu Sans, sans-serif" font-size="12" role="img">
<title>Log ratio of the final test loss to the untouched run, 700 steps, 95 % intervals</title>
<rect width="860" height="170" fill="#ffffff"/>
<text x="8.0" y="18" >Log ratio of the final test loss to the untouched run, 700 steps, 95 % intervals</text>
<line x1="282.0" x2="282.0" y1="26" y2="166" stroke="#e3e8ee"/>
<text x="282.0" y="36" text-anchor="middle" fill="#5f6b7a" font-size="10">-0.4</text>
<line x1="386.0" x2="386.0" y1="26" y2="166" stroke="#e3e8ee"/>
<text x="386.0" y="36" text-anchor="middle" fill="#5f6b7a" font-size="10">-0.2</text>
<line x1="490.0" x2="490.0" y1="26" y2="166" stroke="#1f2933"/>
<text x="490.0" y="36" text-anchor="middle" fill="#5f6b7a" font-size="10">0</text>
<line x1="594.0" x2="594.0" y1="26" y2="166" stroke="#e3e8ee"/>
<text x="594.0" y="36" text-anchor="middle" fill="#5f6b7a" font-size="10">0.2</text>
<line x1="698.0" x2="698.0" y1="26" y2="166" stroke="#e3e8ee"/>
<text x="698.0" y="36" text-anchor="middle" fill="#5f6b7a" font-size="10">0.4</text>
<text x="230.0" y="36" fill="#1a7f4b" font-size="10">← better</text>
<text x="750.0" y="36" text-anchor="end" fill="#b3261e" font-size="10">worse →</text>
<text x="8.0" y="46" font-weight="600">Good &amp; &lt;task&gt;</text>
<text x="24.0" y="64" >a-a</text>
<line x1="464.0" x2="568.0" y1="60" y2="60" stroke="#5f6b7a" stroke-width="3"/>
<circle cx="516.0" cy="60" r="4.5" fill="#5f6b7a"/>
<text x="762.0" y="64" fill="#5f6b7a">chance</text>
<text x="24.0" y="82" >tune</text>
<line x1="594.0" x2="698.0" y1="78" y2="78" stroke="#b3261e" stroke-width="3"/>
<circle cx="646.0" cy="78" r="4.5" fill="#b3261e"/>
<text x="762.0" y="82" fill="#5f6b7a">p &lt; 0.001</text>
<text x="8.0" y="112" font-weight="600">Bad task</text>
<text x="24.0" y="130" >llm (stand-in)</text>
<line x1="230.0" x2="334.0" y1="126" y2="126" stroke="#1a7f4b" stroke-width="3"/>
<circle cx="282.0" cy="126" r="4.5" fill="#1a7f4b"/>
<text x="762.0" y="130" fill="#5f6b7a">p 0.031</text>
</svg>
`)
})

test('the files of a report are the summary, its table, its text and its pictures', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'bench-files-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const { files, note } = await writeReport(dir, SUMMARY, ARMS)
  const names = ['report.json', 'report.csv', 'report.md', 'report.svg', 'report.png']
  expect({ files, note }).toEqual({ files: names.map((name) => join(dir, name)), note: null })
  const read = (name: string): string => readFileSync(join(dir, name), 'utf8')
  expect(read('report.json')).toBe(`${JSON.stringify(SUMMARY, null, 2)}\n`)
  expect(read('report.md')).toBe(formatMarkdown(SUMMARY, ARMS))
  expect(read('report.svg')).toBe(formatSvg(SUMMARY))
  expect(read('report.csv')).toBe(
    [
      'task,arm,mark,seeds,loss,log_ratio,log_ratio_low,log_ratio_high,p,within,within_low,within_high,lost_seeds,actions,steps,seconds,usd,tokens\r\n',
      'good,nothing,,20,0.25,0,-0.1,0.1,,0.95,0.76,0.99,,2,100,1,0,0\r\n',
      'good,a-a,,20,0.25,0.05,-0.05,0.15000000000000002,,,,,,2,100,1,0,0\r\n',
      'good,tune,,20,0.25,0.3,0.19999999999999998,0.4,0.0004,,,,3 5,2,100,1,0,0\r\n',
      'bad,nothing,,20,0.25,0,-0.1,0.1,,,,,1,2,100,1,0,0\r\n',
      'bad,llm,stand-in,9,0.25,-0.4,-0.5,-0.30000000000000004,0.0312,,,,1,2,100,1,0.5,1234\r\n',
    ].join(''),
  )
})

test('intervals are exact, because their random numbers have a fixed seed', () => {
  const values = [1, 1.1, 1.25, 1.3, 1.42, 1.5, 1.6, 1.77, 1.8, 1.9, 2]
  expect(medianEstimate(values)).toEqual({ value: 1.5, low: 1.25, high: 1.8 })
  expect(medianEstimate([])).toEqual({ value: Number.NaN, low: Number.NaN, high: Number.NaN })
  const { value, low, high } = shareEstimate(8, 10)
  expect([value, low, high].map((one) => one.toFixed(9))).toEqual(['0.800000000', '0.490162469', '0.943317849'])
})
