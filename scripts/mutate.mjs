// `npm run mutate PACKAGE [--sample 250] [--seed 1] [--workers 1] [--quick] [--only src/x.ts] [--tests x.test]`: makes small
// mistakes in a package, one at a time, and counts how many of them the unit tests notice (StrykerJS). The sample is drawn from
// all mutants of the package; the same seed draws the same mutants. All mutants are tried with the quick tests first, which
// exclude test files that start programs or take more than ten seconds. Survivors are tried again with all tests, unless
// `--quick` is given, which can only lower the score. `--only` draws from the sources with this text in their path, and `--tests`
// runs only the test files with this text in theirs: with both, one source file takes about a minute. CI does not run it.
// docs/mutation.md lists the scores.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'
import { drawSample, listMutants, mutantKey } from './mutate/sample.mjs'
import { wilson } from './mutate/wilson.mjs'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const options = readOptions()
// Each pass sets TMPDIR for its own tests.
const temporaryRoot = tmpdir()
const mutants = (await listMutants(options.folder)).filter(({ fileName }) => fileName.includes(options.only))
if (mutants.length === 0) fail(`no source of ${options.name} that can be mutated has ${options.only} in its path`)
const sample = drawSample(mutants, options.sample, options.seed)
console.log(`${options.name}: ${sample.length} of ${mutants.length} mutants, seed ${options.seed}`)

const reports = join('reports', 'mutation')
mkdirSync(reports, { recursive: true })
const quick = await tryMutants(sample, true)
const missed = quick.filter(isMissed)
if (options.quick || missed.length === 0) summarize(quick)
else {
  console.log(`\n${missed.length} survived the quick tests, and are tried with all tests`)
  const keys = new Set(missed.map(({ key }) => key))
  const again = await tryMutants(
    sample.filter((mutant) => keys.has(mutantKey(mutant))),
    false,
  )
  summarize([...quick.filter((mutant) => !isMissed(mutant)), ...again])
}

/** Tries mutants with the quick tests or with all tests; returns them with their status. */
async function tryMutants(mutants, isQuick) {
  const chosen = join(reports, `${options.name}.sample.json`)
  const report = join(reports, `${options.name}.json`)
  writeFileSync(chosen, JSON.stringify(mutants.map(mutantKey)))
  rmSync(report, { force: true })
  process.env.HOTCB_MUTATE = options.folder
  process.env.HOTCB_MUTATE_SAMPLE = chosen
  process.env.HOTCB_MUTATE_QUICK = String(isQuick)
  process.env.HOTCB_MUTATE_TESTS = options.tests
  const temporary = mkdtempSync(join(temporaryRoot, 'hotcb-mutate-'))
  // Tests also run programs as other users.
  chmodSync(temporary, 0o755)
  process.env.TMPDIR = temporary
  try {
    await new Stryker(strykerOptions(report, [...new Set(mutants.map(rangeOf))])).runMutationTest()
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
  const wanted = new Set(mutants.map(mutantKey))
  return statusesIn(JSON.parse(readFileSync(report, 'utf8'))).filter(({ key }) => wanted.has(key))
}

/** The place of a mutant, as Stryker expects it in `mutate`. Only these places are instrumented: in numeric code, all mutants of a
 * file together take most of the time of its tests. */
function rangeOf({ fileName, location: { start, end } }) {
  return `${relative('', fileName)}:${start.line + 1}:${start.column}-${end.line + 1}:${end.column}`
}

function isMissed({ status }) {
  return status === 'Survived' || status === 'NoCoverage'
}

function readOptions() {
  const text = { type: 'string' }
  const { values, positionals } = parseArgs({
    options: {
      sample: text,
      seed: text,
      workers: text,
      only: { ...text, default: '' },
      tests: { ...text, default: '' },
      quick: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  })
  const [name] = positionals
  const folder = ['packages', 'apps'].map((base) => `${base}/${name}`).find((path) => existsSync(`${path}/src`))
  if (positionals.length !== 1 || folder === undefined) fail(`PACKAGE must be a folder of packages/, got ${name}`)
  const number = (key, otherwise) => {
    const value = Number(values[key] ?? otherwise)
    return Number.isSafeInteger(value) && value > 0
      ? value
      : fail(`--${key} must be a whole number > 0, got ${values[key]}`)
  }
  const { quick, only, tests } = values
  return {
    name,
    folder,
    quick,
    only,
    tests,
    sample: number('sample', 250),
    seed: number('seed', 1),
    workers: number('workers', 1),
  }
}

function strykerOptions(report, places) {
  return {
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner', fileURLToPath(new URL('mutate/sample-checker.mjs', import.meta.url))],
    checkers: ['sample'],
    mutate: places,
    vitest: { configFile: 'vitest.mutate.config.ts', related: false },
    ignorePatterns: ['reports', '.turbo', '/runs', '.changeset', '**/dist'],
    tempDirName: '.mutants',
    reporters: ['json', 'dots'],
    jsonReporter: { fileName: report },
    concurrency: options.workers,
    coverageAnalysis: 'perTest',
    // A mutant in code that runs while a module is loaded needs a new process and all tests: half a minute each.
    ignoreStatic: true,
    dryRunTimeoutMinutes: 30,
    // On a busy machine, a slow mutant must not look like one that hangs.
    timeoutMS: 45_000,
    timeoutFactor: 5,
    allowConsoleColors: false,
    fileLogLevel: 'off',
    logLevel: 'warn',
  }
}

function statusesIn({ files }) {
  return Object.entries(files).flatMap(([file, { mutants, source }]) => {
    const lines = source.split('\n')
    return mutants.map((mutant) => ({
      file,
      ...mutant,
      key: mutantKey({ ...mutant, fileName: file, location: zeroBased(mutant.location) }),
      text: lines[mutant.location.start.line - 1]?.trim(),
    }))
  })
}

// A mutant with which the tests time out counts as caught, because no run with such a mistake would pass. It is printed anyway,
// since it may only have been slow.
function summarize(tried) {
  for (const mutant of tried.filter((mutant) => isMissed(mutant) || mutant.status === 'Timeout')) {
    const { line, column } = mutant.location.start
    console.log(
      `${mutant.status} ${mutant.file}:${line}:${column} ${mutant.mutatorName}: ${mutant.replacement}\n    ${mutant.text}`,
    )
  }
  const count = (...states) => tried.filter(({ status }) => states.includes(status)).length
  const caught = count('Killed', 'Timeout')
  const judged = caught + tried.filter(isMissed).length
  const [low, high] = wilson(caught, judged)
  const percent = (share) => `${(100 * share).toFixed(1)} %`
  console.log(
    `${options.name}: ${caught} of ${judged} caught, ${percent(caught / judged)} (95 % interval ${percent(low)} to ${percent(high)}); ` +
      `${count('Timeout')} by timeout, ${count('NoCoverage')} without a test, ${tried.length - judged} not tried`,
  )
}

function zeroBased({ start, end }) {
  const at = ({ line, column }) => ({ line: line - 1, column: column - 1 })
  return { start: at(start), end: at(end) }
}

function fail(message) {
  console.error(message)
  process.exit(2)
}
