// `pnpm bench:auto`: `auto()` on the problems of rivals.ts beside what Optuna's samplers did there. Writes bench/tpe/auto.json, which
// `pnpm bench:tpe` puts into its page.
import { readFileSync, writeFileSync } from 'node:fs'
import { measureAgainst, type RivalResults } from './against.ts'

const FOLDER = new URL('../../../bench/tpe/', import.meta.url)
const rivals = JSON.parse(readFileSync(new URL('rivals.json', FOLDER), 'utf8')) as RivalResults
const figures = measureAgainst(rivals, (line) => console.error(line))
writeFileSync(new URL('auto.json', FOLDER), `${JSON.stringify(figures, undefined, 1)}\n`)
