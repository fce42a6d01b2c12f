// `pnpm bench:tune`: the tuner on the real digits trainer, beside nothing, halving on plateau and random moves. Not a test, and
// never in CI: it takes half an hour of CPU time. What was run before is kept beside this file and not run again; `--fresh` runs
// the arms anew. `--report` runs nothing and writes the page from what there is.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { bestConstant, rowsOf, tableOf } from './report.ts'
import { type ArmRun, readRuns, runArms } from './run-arms.ts'
import { type ConstantRun, runConstants } from './run-constants.ts'

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const ARM_RUNS = path('arms.jsonl')
const CONSTANT_RUNS = path('constants.jsonl')
const PAGE = path('../../docs/tuning-bench.md')
const START = '<!-- table: written by `pnpm bench:tune` -->'
const END = '<!-- end of table -->'
const SEEDS = Array.from({ length: 30 }, (_, i) => 100 + i)

const options = process.argv.slice(2)
const unknown = options.find((option) => !['--fresh', '--report'].includes(option))
if (unknown !== undefined) {
  console.error(`no option \`${unknown}\`: there are --fresh and --report`)
  process.exit(2)
}
if (options.includes('--fresh')) rmSync(ARM_RUNS, { force: true })
if (!options.includes('--report')) {
  for (const optimizer of ['sgd', 'adam'] as const) await runConstants(CONSTANT_RUNS, optimizer, SEEDS)
  await runArms(ARM_RUNS, SEEDS)
}
const constants = readRuns<ConstantRun>(CONSTANT_RUNS)
const table = tableOf(rowsOf(readRuns<ArmRun>(ARM_RUNS), constants))
const best = (['sgd', 'adam'] as const).flatMap((optimizer) => {
  const one = bestConstant(constants, optimizer)
  return one === null ? [] : [`${optimizer === 'sgd' ? 'SGD' : 'Adam'}: ${one.lr}, final loss ${one.loss.toFixed(3)}`]
})
const jax = JSON.parse(readFileSync(path('../../packages/demos/package.json'), 'utf8')).dependencies['@jax-js/jax']
const text = [
  START,
  `Measured on ${new Date().toISOString().slice(0, 10)} with Node ${process.version}, jax-js ${jax}, on ${cpus()[0]?.model ?? 'an unknown processor'}.`,
  `Best of 20 constant rates: ${best.join('; ') || 'not run'}.`,
  '',
  table,
  END,
].join('\n')
const page = readFileSync(PAGE, 'utf8')
writeFileSync(PAGE, page.slice(0, page.indexOf(START)) + text + page.slice(page.indexOf(END) + END.length))
console.log(text)
