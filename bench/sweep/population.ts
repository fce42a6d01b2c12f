// `pnpm bench:population`: a population of eight training runs on the digits against a grid of eight constant rates that costs the
// same. This is not a test and never runs in CI. It writes its table into docs/sweep-populations.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { OptimizerKind } from '../../packages/demos/src/index.ts'
import { type Course, trainConstant, trainPopulation, trainSchedule } from './population-runs.ts'

const PAGE = fileURLToPath(new URL('../../docs/sweep-populations.md', import.meta.url))
const START = '<!-- table: written by `pnpm bench:population` -->'
const END = '<!-- end of table -->'
const SEEDS = [1, 2, 3, 4, 5]
const MEMBERS = 8
const LOW = 0.001
const HIGH = 1
/** Eight rates from the lowest to the highest, at equal ratios. */
const RATES = Array.from({ length: MEMBERS }, (_, at) => LOW * (HIGH / LOW) ** (at / (MEMBERS - 1)))

interface Setting {
  readonly optimizer: OptimizerKind
  readonly steps: number
  readonly interval: number
}

interface Row extends Setting {
  readonly seed: number
  readonly population: Course
  readonly grid: Course
  readonly isReplayed: boolean
}

const SETTINGS: readonly Setting[] = (['sgd', 'adam'] as const).flatMap((optimizer) =>
  [360, 1080].map((steps) => ({ optimizer, steps, interval: 90 })),
)

const rows: Row[] = []
for (const setting of SETTINGS) for (const seed of SEEDS) rows.push(await compare(setting, seed))
const text = tableOf(rows)
console.log(text)
const page = readFileSync(PAGE, 'utf8')
if (page.includes(START)) {
  const [before, after] = [page.slice(0, page.indexOf(START) + START.length), page.slice(page.indexOf(END))]
  writeFileSync(PAGE, `${before}\n\n${text}\n\n${after}`)
}

async function compare(setting: Setting, seed: number): Promise<Row> {
  const members = await trainPopulation({ ...setting, seed, members: MEMBERS, low: LOW, high: HIGH })
  const population = bestOf(members)
  const constant: Course[] = []
  for (const rate of RATES) constant.push(await trainConstant({ ...setting, seed, rate }))
  const again = await trainSchedule({ ...setting, seed, schedule: population.schedule })
  const isReplayed = again.weights === population.weights && again.loss === population.loss
  const row = { ...setting, seed, population, grid: bestOf(constant), isReplayed }
  const shown = (one: Course): string => `${one.loss} ${one.accuracy} ${JSON.stringify(one.schedule)}`
  console.error(
    `${JSON.stringify(setting)} seed ${seed}: ${shown(row.population)} | ${shown(row.grid)} | ${isReplayed}`,
  )
  return row
}

function bestOf(courses: readonly Course[]): Course {
  const [first, ...others] = courses
  if (first === undefined) throw new Error('nothing was trained')
  return others.reduce((best, one) => (one.loss < best.loss ? one : best), first)
}

function tableOf(all: readonly Row[]): string {
  const head =
    '| optimizer | steps | population: median loss | best grid trial: median loss | loss ratio, population to grid: median, range | population better in | median accuracy of both | replay of the winner |'
  const lines = SETTINGS.map((setting) => {
    const own = all.filter(({ optimizer, steps }) => optimizer === setting.optimizer && steps === setting.steps)
    const ratios = own.map(({ population, grid }) => population.loss / grid.loss)
    const of = (pick: (row: Row) => number): number => median(own.map(pick))
    const losses = [of(({ population }) => population.loss), of(({ grid }) => grid.loss)].map((one) => one.toFixed(4))
    const spread = `${median(ratios).toFixed(3)}, ${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)}`
    const better = `${ratios.filter((one) => one < 1).length} of ${own.length}`
    const accuracies = [of(({ population }) => population.accuracy), of(({ grid }) => grid.accuracy)].map(percent)
    const replays = `identical in ${own.filter(({ isReplayed }) => isReplayed).length} of ${own.length}`
    const cells = [setting.optimizer, setting.steps, ...losses, spread, better, accuracies.join(' and '), replays]
    return `| ${cells.join(' | ')} |`
  })
  return [head, head.replace(/[^|]+/g, '---'), ...lines].join('\n')
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
