// `pnpm bench:auto [PROBLEM...]`: compares `auto()` with Optuna's samplers on the problems of rivals.ts. Writes
// bench/tpe/auto.json after each problem, and the comparison once all are measured; `pnpm bench:tpe` adds it to its page. If names are
// given, only those problems are measured again, and the stored values of the others are kept.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type AgainstFigures, type AutoRuns, compareWithRivals, type RivalResults, runAuto } from './against.ts'
import { RIVAL_PROBLEMS } from './rivals.ts'

const FOLDER = new URL('../../../bench/tpe/', import.meta.url)
const FILE = new URL('auto.json', FOLDER)
const SEEDS = 10
const rivals = JSON.parse(readFileSync(new URL('rivals.json', FOLDER), 'utf8')) as RivalResults
const names = process.argv.slice(2)
for (const name of names) {
  if (!RIVAL_PROBLEMS.some((problem) => problem.name === name)) throw new Error(`no problem \`${name}\``)
}
const stored = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as AgainstFigures) : undefined
let runs: AutoRuns = names.length > 0 ? (stored?.runs ?? {}) : {}
const write = (figures: Partial<AgainstFigures>): void =>
  writeFileSync(FILE, `${JSON.stringify(figures, undefined, 1)}\n`)
for (const problem of RIVAL_PROBLEMS) {
  if (names.length > 0 && !names.includes(problem.name)) continue
  console.error(`auto: ${problem.name}`)
  runs = { ...runs, [problem.name]: runAuto(problem, SEEDS) }
  write({ ...stored, runs })
}
const missing = RIVAL_PROBLEMS.filter(({ name }) => runs[name] === undefined).map(({ name }) => name)
if (missing.length > 0) console.error(`not measured yet, so nothing is compared: ${missing.join(', ')}`)
else write(compareWithRivals(rivals, runs, SEEDS))
