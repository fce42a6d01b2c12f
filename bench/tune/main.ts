// `pnpm bench:tune`: the tuner on the real digits trainer, compared with no steering, halving on a plateau and random moves. This
// is not a test and never runs in CI: it takes an hour of CPU time. Earlier results are kept next to this file, and their runs
// are not repeated. `--arms nothing,tune` runs only some arms, `--fresh` runs the arms again, and `--report` runs nothing and
// writes the page from the existing results.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { OptimizerKind } from '../../packages/demos/src/index.ts'
import { bestConstant, rowsOf, tableOf } from './report.ts'
import { type ArmRun, PASSES, readRuns, runArms } from './run-arms.ts'
import { type ConstantRun, nearBest, ratesOf, runConstants } from './run-constants.ts'
import { ARMS } from './tasks.ts'

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const ARM_RUNS = path('arms.jsonl')
const CONSTANT_RUNS = path('constants.jsonl')
const PAGE = path('../../docs/tuning-bench.md')
const START = '<!-- table: written by `pnpm bench:tune` -->'
const END = '<!-- end of table -->'
/** The seeds of the results. No setting of the tuner was chosen with them. */
const SEEDS = Array.from({ length: 30 }, (_, i) => 300 + i)
/** The seeds on which all 20 constant rates were run, once. On the seeds of the results, only the rates near the best one are run. */
const SEARCH_SEEDS = {
  sgd: Array.from({ length: 27 }, (_, i) => 100 + i),
  adam: Array.from({ length: 5 }, (_, i) => 100 + i),
} as const

const { values: options } = parseArgs({
  options: { fresh: { type: 'boolean' }, report: { type: 'boolean' }, arms: { type: 'string' } },
})
const arms = options.arms?.split(',') ?? ARMS.map(({ name }) => name)
const unknown = arms.find((arm) => !ARMS.some(({ name }) => name === arm))
if (unknown !== undefined) {
  console.error(`no arm \`${unknown}\`: choose from ${ARMS.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}
if (options.fresh) rmSync(ARM_RUNS, { force: true })
if (!options.report) {
  const [first, ...rest] = PASSES
  if (first !== undefined) await runArms(ARM_RUNS, { seeds: SEEDS, arms, passes: [first] })
  await runBestConstants('sgd')
  await runArms(ARM_RUNS, { seeds: SEEDS, arms, passes: rest })
  await runBestConstants('adam')
}

async function runBestConstants(optimizer: OptimizerKind): Promise<void> {
  const search = SEARCH_SEEDS[optimizer]
  await runConstants(CONSTANT_RUNS, optimizer, { seeds: search, rates: ratesOf(optimizer) })
  await runConstants(CONSTANT_RUNS, optimizer, { seeds: SEEDS, rates: nearBest(CONSTANT_RUNS, optimizer, search) })
}

const constants = readRuns<ConstantRun>(CONSTANT_RUNS).filter(({ seed }) => SEEDS.includes(seed))
const table = tableOf(rowsOf(readRuns<ArmRun>(ARM_RUNS), constants))
const best = (['sgd', 'adam'] as const).flatMap((optimizer) => {
  const one = bestConstant(constants, optimizer)
  return one === null ? [] : [`${optimizer === 'sgd' ? 'SGD' : 'Adam'}: ${one.lr}, final loss ${one.loss.toFixed(3)}`]
})
const jax = JSON.parse(readFileSync(path('../../packages/demos/package.json'), 'utf8')).dependencies['@jax-js/jax']
const text = [
  START,
  `Measured on ${new Date().toISOString().slice(0, 10)} with Node ${process.version}, jax-js ${jax}, on ${cpus()[0]?.model ?? 'an unknown processor'}.`,
  `Best constant rate: ${best.join('; ') || 'not run'}.`,
  '',
  table,
  END,
].join('\n')
const page = readFileSync(PAGE, 'utf8')
writeFileSync(PAGE, page.slice(0, page.indexOf(START)) + text + page.slice(page.indexOf(END) + END.length))
console.log(text)
