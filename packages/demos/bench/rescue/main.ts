// `pnpm bench:rescue [--seeds 30] [--first 1000] [--steps 2000] [--cells good,high] [--keep FILE]`: whether the default rules rescue real
// trainings, and whether they leave good ones alone. Runs that are in the file of `--keep` are not made again. Prints Markdown.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { report } from './report.ts'
import { type Trained, train } from './training.ts'

const { values: given } = parseArgs({
  options: {
    seeds: { type: 'string', default: '30' },
    first: { type: 'string', default: '1000' },
    steps: { type: 'string', default: '2000' },
    cells: { type: 'string', default: 'good,high,data,settings,untouched' },
    keep: { type: 'string' },
    report: { type: 'boolean', default: false },
  },
})

/** A result, and what it is the result of. */
export interface Row extends Trained {
  readonly cell: string
  readonly seed: number
}

const GOOD_RATE = 0.05
const budget = Number(given.steps)
const seeds = Array.from({ length: Number(given.seeds) }, (_, i) => Number(given.first) + i)
const rows = new Map<string, Row>()
for (const file of given.keep?.split(',') ?? []) {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
  for (const line of lines) {
    const row = JSON.parse(line) as Row
    rows.set(`${row.cell} ${row.seed}`, row)
  }
}

interface Cell {
  readonly lr: number
  readonly hasRules: boolean
  readonly corrupt?: readonly [number, number]
}

const rates = [0.02, 0.03, 0.05, 0.1]
const CELLS: Readonly<Record<string, Readonly<Record<string, Cell>>>> = {
  good: { 'plain 0.05': { lr: GOOD_RATE, hasRules: false } },
  high: Object.fromEntries([12, 30, 60, 300].map((times) => [`x${times}`, { lr: GOOD_RATE * times, hasRules: true }])),
  data: {
    'data, rules': { lr: GOOD_RATE, hasRules: true, corrupt: [700, 711] },
    'data, plain': { lr: GOOD_RATE, hasRules: false, corrupt: [700, 711] },
  },
  settings: Object.fromEntries([
    ...rates.map((lr) => [`rules ${lr}`, { lr, hasRules: true }]),
    // That of the good rate stands above.
    ...rates.filter((lr) => lr !== GOOD_RATE).map((lr) => [`plain ${lr}`, { lr, hasRules: false }]),
  ]),
  untouched: Object.fromEntries(
    [12, 30, 60, 300].map((times) => [`untouched x${times}`, { lr: GOOD_RATE * times, hasRules: false }]),
  ),
}

if (!given.report) {
  // Seed by seed: what is there after half of the time is half of every cell.
  for (const seed of seeds) {
    for (const group of given.cells.split(',')) {
      for (const [cell, training] of Object.entries(CELLS[group] ?? {})) {
        if (rows.has(`${cell} ${seed}`) || (cell.startsWith('untouched') && seed >= (seeds[0] ?? 0) + 5)) continue
        const row: Row = { cell, seed, ...(await train({ ...training, seed, budget })) }
        rows.set(`${cell} ${seed}`, row)
        if (given.keep !== undefined) appendFileSync(given.keep, `${JSON.stringify(row)}\n`)
        console.error(`${cell}, seed ${seed}: ${row.loss.toFixed(4)}${row.isPaused ? ', paused' : ''}`)
      }
    }
  }
}
console.log(report([...rows.values()], { budget }))
