// `pnpm bench:asha`: early stopping of a sweep over 81 combinations of the digits, compared with the whole grid. This is not a
// test and never runs in CI: the grid takes minutes of CPU time per seed. Earlier results are kept next to this file, and their
// runs are not repeated. `--seeds N` trains N seeds, `--report` trains nothing.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createRandom } from '../../packages/hyperopt-ts/src/index.ts'
import { type Metric, type Stopped, stopEarly } from './early-stopping.ts'
import { GRID, readTrainings, trainGrid } from './grid.ts'

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const RUNS = path('digits.jsonl')
const PAGE = path('../../docs/sweep-bench.md')
const START = '<!-- table: written by `pnpm bench:asha` -->'
const END = '<!-- end of table -->'
/** The number of orders in which the trials of one seed are started. */
const ORDERS = 20
/** The number of trials at a time. Other numbers lead to the same decisions, because all training runs are equally fast here. */
const PARALLEL = [4]

/** The settings of the comparison were chosen with the first seeds in view; the others were trained afterwards. */
const CHOSEN_WITH = 3

const GROUPS = [
  { name: 'fresh', has: (seed: number) => seed > CHOSEN_WITH },
  { name: 'used to choose the settings', has: (seed: number) => seed <= CHOSEN_WITH },
]

const { values: options } = parseArgs({
  options: { seeds: { type: 'string', default: '8' }, report: { type: 'boolean' } },
})
const seeds = Array.from({ length: Number(options.seeds) }, (_, at) => at + 1)
if (options.report !== true) await trainGrid(RUNS, seeds)

const trainings = readTrainings(RUNS)
const rows: Stopped[] = []
for (const seed of seeds) {
  const own = trainings.filter((one) => one.seed === seed).sort((a, b) => a.i - b.i)
  if (own.length < GRID.length) continue
  for (const metric of ['loss', 'accuracy'] as const) {
    for (const parallel of PARALLEL) {
      for (let order = 0; order < ORDERS; order++)
        rows.push(stopEarly(own, metric, parallel, shuffled(GRID.length, order)))
    }
  }
}
const text = tableOf(rows)
console.log(text)
const page = readFileSync(PAGE, 'utf8')
const [before, after] = [page.slice(0, page.indexOf(START) + START.length), page.slice(page.indexOf(END))]
writeFileSync(PAGE, `${before}\n\n${text}\n\n${after}`)

function shuffled(count: number, seed: number): readonly number[] {
  const random = createRandom(17, seed)
  const drawn = Array.from({ length: count }, (_, i) => ({ i, at: random() }))
  return drawn.sort((a, b) => a.at - b.at).map(({ i }) => i)
}

function tableOf(all: readonly Stopped[]): string {
  const head =
    '| metric | seeds | trials at a time | sweeps | share of grid steps | within 2 % of the best | largest gap | trials trained to the end |'
  const rows = (['loss', 'accuracy'] as const).flatMap((metric) =>
    GROUPS.flatMap(({ name, has }) =>
      PARALLEL.flatMap((parallel) => {
        const own = all.filter((one) => one.metric === metric && one.parallel === parallel && has(one.seed))
        return own.length === 0 ? [] : [rowOf(own, `${nameOf(metric)} | ${seedsOf(own)}, ${name} | ${parallel}`)]
      }),
    ),
  )
  return [head, head.replace(/[^|]+/g, '---'), ...rows].join('\n')
}

function seedsOf(rows: readonly Stopped[]): string {
  const found = rows.map(({ seed }) => seed)
  return `${Math.min(...found)} to ${Math.max(...found)}`
}

function rowOf(own: readonly Stopped[], name: string): string {
  const shares = own.map(({ asha, grid }) => asha.steps / grid.steps)
  const gaps = own.map(gapOf)
  const close = gaps.filter((gap) => gap <= 0.02).length
  const whole = own.map(({ asha }) => asha.whole).sort((a, b) => a - b)
  return `| ${name} | ${own.length} | ${percent(mean(shares))}, at most ${percent(Math.max(...shares))} | ${close} of ${own.length} | ${percent(Math.max(...gaps))} | ${whole[0]} to ${whole.at(-1)} |`
}

/** How much worse the best of the sweep is than the best of the grid, as a fraction of the latter. */
function gapOf({ metric, grid, asha }: Stopped): number {
  return (metric === 'loss' ? asha.best - grid.best : grid.best - asha.best) / grid.best
}

function nameOf(metric: Metric): string {
  return metric === 'loss' ? 'loss, minimized' : 'accuracy, maximized'
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
