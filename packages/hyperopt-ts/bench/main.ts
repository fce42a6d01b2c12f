// `pnpm bench:tpe`: quality and speed of TPE compared with random search, Halton, Optuna and hyperopt. Writes
// benchmarks.md, benchmarks.json and the pictures in docs/hyperopt. Exits with 1 if a required result is not reached. `--report` measures
// nothing and writes the page from the stored figures, including those of `pnpm bench:auto`; `--speed` measures CPU time and memory again
// and keeps the stored figures of quality.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { haltonSampler, randomSampler, tpe } from '../src/index.ts'
import type { AgainstFigures } from './against.ts'
import { measureModelSpeed } from './model-speed.ts'
import { qualityPicture, speedPicture } from './pictures.ts'
import { BASELINE, PROBLEMS } from './problems.ts'
import { type Cells, CHECKPOINTS, measureQuality } from './quality.ts'
import { type Figures, type ProblemFigures, report } from './report.ts'
import { measureMemory, measureSpeed } from './speed.ts'
import { holm, mannWhitneyLarger, median, shareLarger } from './statistics.ts'

const SEEDS = 20
const ROOT = new URL('../../../', import.meta.url)
const AUTO = 'bench/tpe/auto.json'
const DOCS = new URL('docs/hyperopt/', ROOT)

interface Peers {
  readonly versions: Readonly<Record<string, string>>
  readonly results: Readonly<Record<string, Readonly<Record<string, Cells>>>>
  readonly speed: { readonly trials: number; readonly cpu_s: Readonly<Record<string, number>> }
}

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, ROOT), 'utf8'))
// Written by peers.py, and by the measurement of the recorded baseline.
const peers = read('bench/tpe/peers.json') as Peers
const recorded = read('packages/hyperopt-ts/test/fixtures/tpe-baseline.json') as {
  engines: Record<string, Record<string, { best: Record<string, number> }[]>>
}

function cellsOf(rows: readonly { best: Record<string, number> }[] | undefined): Cells | undefined {
  if (rows === undefined) return undefined
  return Object.fromEntries(CHECKPOINTS.map((count) => [count, rows.map((row) => row.best[count] ?? Number.NaN)]))
}

// `pnpm bench:auto` writes this file, which takes half an hour. Without it, the page omits that section.
const auto = existsSync(new URL(AUTO, ROOT)) ? (read(AUTO) as AgainstFigures) : undefined
// The page does not repeat the runs behind the comparison.
const figures: Figures = { ...withoutAuto(), auto: auto === undefined ? undefined : { ...auto, runs: {} } }

mkdirSync(DOCS, { recursive: true })
const { text, failed } = report(figures)
writeFileSync(new URL('benchmarks.json', DOCS), `${JSON.stringify(figures, undefined, 1)}\n`)
writeFileSync(new URL('benchmarks.md', DOCS), text)
writeFileSync(new URL('quality.svg', DOCS), qualityPicture(figures))
writeFileSync(new URL('speed.svg', DOCS), speedPicture(figures))
for (const line of failed) console.error(`does not hold: ${line}`)
process.exitCode = failed.length > 0 ? 1 : 0

function withoutAuto(): Omit<Figures, 'auto'> {
  const stored = (): Figures => read('docs/hyperopt/benchmarks.json') as Figures
  if (process.argv.includes('--report')) return stored()
  const costs = measureCosts()
  return { ...(process.argv.includes('--speed') ? stored() : measureSamplers()), ...costs }
}

/** CPU time and memory; before everything else, while the heap is otherwise empty. */
function measureCosts(): Pick<Figures, 'memory' | 'speed' | 'modelSpeed'> {
  console.error('memory and speed')
  return { memory: measureMemory([2000, 8000]), speed: measureSpeed([1000, 5000]), modelSpeed: measureModelSpeed() }
}

function measureSamplers(): Omit<Figures, 'auto' | 'memory' | 'speed' | 'modelSpeed'> {
  const problems = [...BASELINE, ...PROBLEMS].map((problem): ProblemFigures => {
    console.error(`quality: ${problem.name}`)
    const ours = measureQuality(problem, tpe(), SEEDS)
    const rivals: Record<string, Cells | undefined> = {
      random: measureQuality(problem, randomSampler(), SEEDS),
      halton: measureQuality(problem, haltonSampler(), SEEDS),
      hyperopt: peers.results.hyperopt?.[problem.name],
      optuna: peers.results.optuna?.[problem.name],
      'optuna, group': peers.results['optuna-group']?.[problem.name],
      'optuna 5.0.0.dev': cellsOf(recorded.engines['optuna-5.0.0dev']?.[problem.name]),
    }
    const medians = (cells: Cells): number[] => CHECKPOINTS.map((count) => median(cells[count] ?? []))
    return {
      name: problem.name,
      about: problem.about,
      medians: medians(ours),
      rivals: Object.entries(rivals).flatMap(([name, cells]) =>
        cells === undefined
          ? []
          : [
              {
                name,
                medians: medians(cells),
                larger: CHECKPOINTS.map((count) => shareLarger(ours[count] ?? [], cells[count] ?? [])),
                p: CHECKPOINTS.map((count) => mannWhitneyLarger(ours[count] ?? [], cells[count] ?? [])),
              },
            ],
      ),
    }
  })

  const against = problems.flatMap(({ rivals }) => rivals.filter(({ name }) => name === 'optuna 5.0.0.dev'))
  const adjusted = holm(against.flatMap(({ p }) => p))
  const larger = against.flatMap((rival) => rival.larger)
  return {
    node: process.version,
    seeds: SEEDS,
    versions: peers.versions,
    problems,
    baseline: { leastP: Math.min(...adjusted), meanLarger: larger.reduce((a, b) => a + b, 0) / larger.length },
    peers: peers.speed,
  }
}
