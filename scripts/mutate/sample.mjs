import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { createInstrumenter } from '@stryker-mutator/instrumenter'
import { createInjector } from 'typed-inject'

const SILENT = Object.fromEntries(
  ['trace', 'debug', 'info', 'warn', 'error', 'fatal'].flatMap((level) => [
    [level, () => {}],
    [`is${level[0].toUpperCase()}${level.slice(1)}Enabled`, () => false],
  ]),
)

/** All mutants of the sources in `folder`, in the form in which Stryker passes them to checkers. */
export async function listMutants(folder) {
  const files = sourceFiles(folder).map((name) => ({ name, mutate: true, content: readFileSync(name, 'utf8') }))
  const instrumenter = createInjector().provideValue('logger', SILENT).injectFunction(createInstrumenter)
  const options = { plugins: null, excludedMutations: [], ignorers: [], noHeader: false }
  const { mutants } = await instrumenter.instrument(files, options)
  return mutants
}

function sourceFiles(folder) {
  return readdirSync(join(folder, 'src'), { recursive: true })
    .map((name) => join(folder, 'src', name))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.includes('/testing/'))
}

/** A random sample of `count` mutants. It depends only on the seed, not on the order of the mutants. */
export function drawSample(mutants, count, seed) {
  const ranked = mutants.map((mutant) => ({ mutant, rank: rankOf(`${seed} ${mutantKey(mutant)}`) }))
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1))
  return ranked.slice(0, count).map(({ mutant }) => mutant)
}

/** The key that identifies a mutant, because Stryker numbers them differently in each run. */
export function mutantKey({ fileName, location: { start, end }, mutatorName, replacement }) {
  const place = `${start.line}:${start.column}-${end.line}:${end.column}`
  return [relative('', fileName), place, mutatorName, replacement].join(' ')
}

function rankOf(text) {
  return createHash('sha256').update(text).digest('hex')
}
