// `pnpm bench:rescue` measures whether the default rules rescue real training runs, and whether they leave good ones alone. It is not a
// test and does not run in CI, because it takes half an hour of CPU time. Finished runs are stored next to this file and not repeated.
// `--report` starts no runs and writes the page from the stored ones. `--first N`, `--seeds N`, `--steps N` and
// `--cells high,'adam x100'` (groups or cells) select the runs.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Cell, GROUPS } from './cells.ts'
import { report } from './report.ts'
import { keepRow, type Row, readRows } from './rows.ts'
import { train } from './training.ts'

const { values: given } = parseArgs({
  options: {
    seeds: { type: 'string', default: '30' },
    first: { type: 'string', default: '3000' },
    steps: { type: 'string', default: '2000' },
    cells: { type: 'string', default: Object.keys(GROUPS).join(',') },
    runs: { type: 'string', default: path('runs.jsonl') },
    report: { type: 'boolean', default: false },
  },
})

const PAGE = path('../../../../docs/autopilot-bench.md')
const START = '<!-- tables: written by `pnpm bench:rescue` -->'
const END = '<!-- end of tables -->'

const budget = Number(given.steps)
const first = Number(given.first)
const seeds = Array.from({ length: Number(given.seeds) }, (_, i) => first + i)
const rows = readRows(given.runs).filter((row) => row.budget === budget && seeds.includes(row.seed))
if (!given.report) await runAll()
const tables = report(rows, { budget })
if (given.report) {
  const page = readFileSync(PAGE, 'utf8')
  const [before, after] = [page.indexOf(START), page.indexOf(END)]
  if (before < 0 || after < before) throw new Error(`${PAGE} has no place for the tables: ${START}`)
  writeFileSync(PAGE, `${page.slice(0, before)}${START}\n${tables}\n${page.slice(after)}`)
}
console.log(tables)

async function runAll(): Promise<void> {
  const known = new Set(rows.map(keyOf))
  // The loop runs seed by seed, so that all cells advance equally.
  for (const seed of seeds) {
    for (const [cell, training] of wantedCells()) {
      if (known.has(keyOf({ cell, seed }))) continue
      const row: Row = { cell, seed, budget, ...(await train({ ...training, seed, budget })) }
      known.add(keyOf(row))
      rows.push(row)
      keepRow(given.runs, row)
      console.error(`${cell}, seed ${seed}: ${row.loss.toFixed(4)}`)
    }
  }
}

function wantedCells(): readonly (readonly [string, Cell])[] {
  const all = Object.values(GROUPS).flatMap((group) => Object.entries(group))
  return given.cells.split(',').flatMap((name) => {
    const found = name in GROUPS ? Object.entries(GROUPS[name] ?? {}) : all.filter(([cell]) => cell === name)
    if (found.length === 0) throw new Error(`no group or cell has the name "${name}": see cells.ts`)
    return found
  })
}

function keyOf({ cell, seed }: Pick<Row, 'cell' | 'seed'>): string {
  return `${cell} ${seed}`
}

function path(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}
