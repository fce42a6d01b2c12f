import { expect, test } from 'vitest'
import type { Objective, Search, SweepConfig } from '../src/config/config.ts'
import { readConfig } from '../src/config/read-config.ts'
import { planModelSearch, type SearchedTrial, type SearchOutcome } from '../src/plan/model-search.ts'
import { numberOf } from '../src/value.ts'

function configOf(text: string): { config: SweepConfig; search: Search; objective: Objective } {
  const reading = readConfig(`name: s\nlauncher: ./l.sh\nobjective: {metric: loss, direction: min}\n${text}`)
  if (!reading.ok) throw new Error(reading.problems.map(({ message }) => message).join('; '))
  const { config } = reading
  if (config.search === null || config.objective === null) throw new Error('no search')
  return { config, search: config.search, objective: config.objective }
}

const PLANE = 'parameters:\n  x: {type: continuous, low: -5, high: 5}\n  y: {type: continuous, low: -5, high: 5}\n'

function next(setup: ReturnType<typeof configOf>, trials: readonly SearchedTrial[]) {
  const planned = planModelSearch(setup.config, setup.search, setup.objective, trials)
  if (!planned.ok) throw new Error(planned.message)
  return planned.value
}

function numbers({ trial }: Pick<SearchedTrial, 'trial'>): readonly number[] {
  return trial.params.map(([, value]) => numberOf(value) ?? Number.NaN)
}

/** Runs a whole search with a known objective; `ends` chooses which open trial ends next. */
function search(
  setup: ReturnType<typeof configOf>,
  of: (values: readonly number[]) => SearchOutcome,
  ends: (open: number) => number = () => 0,
): readonly SearchedTrial[] {
  let trials: SearchedTrial[] = []
  for (;;) {
    const planned = next(setup, trials)
    trials.push(...planned.map((trial) => ({ trial, outcome: { kind: 'open' } as const })))
    const open = trials.filter(({ outcome }) => outcome.kind === 'open')
    const chosen = open[ends(open.length)]
    if (chosen === undefined) return trials
    trials = trials.map((one) => (one === chosen ? { ...one, outcome: of(numbers(one)) } : one))
  }
}

const bowl = ([x = 0, y = 0]: readonly number[]): SearchOutcome => ({
  kind: 'complete',
  value: (x - 3) ** 2 + (y + 2) ** 2,
})

function best(trials: readonly SearchedTrial[]): number {
  return Math.min(...trials.map(({ outcome }) => (outcome.kind === 'complete' ? outcome.value : Infinity)))
}

for (const method of ['tpe', 'cmaes', 'auto']) {
  test(`${method} plans all its trials, a few at a time, and finds a better point than the first trials`, () => {
    const setup = configOf(`${PLANE}search: {method: ${method}, trials: 60, parallel: 3, seed: 1}\n`)
    expect(next(setup, [])).toHaveLength(3)
    const trials = search(setup, bowl)
    expect(trials).toHaveLength(60)
    expect(best(trials)).toBeLessThan(0.2 * best(trials.slice(0, 10)) + 0.05)
  })

  test(`${method}: a driver that knows only the trials proposes the same trials as the previous driver`, () => {
    const setup = configOf(`${PLANE}search: {method: ${method}, trials: 30, parallel: 2, seed: 5}\n`)
    const trials = search(setup, bowl, (open) => open - 1).slice(0, 17)
    expect(next(setup, trials)).toEqual(next(setup, structuredClone(trials)))
    expect(next(setup, trials).length).toBeGreaterThan(0)
  })
}

test('a search with direction max proposes the same trials as the mirrored search with direction min', () => {
  const config = `${PLANE}search: {method: tpe, trials: 25, parallel: 1, seed: 2}\n`
  const setup = configOf(config)
  const mirrored = { ...setup, objective: { ...setup.objective, direction: 'max' as const } }
  const min = search(setup, bowl).map(numbers)
  const max = search(mirrored, (values) => {
    const outcome = bowl(values)
    return outcome.kind === 'complete' ? { ...outcome, value: -outcome.value } : outcome
  }).map(numbers)
  expect(max).toEqual(min)
})

test('a combination counts once all its seeds have ended, with the mean of their values', () => {
  const seeds = 'seeds: {count: 2}\n'
  const setup = configOf(`${PLANE}${seeds}search: {method: tpe, trials: 20, parallel: 1, seed: 3}\n`)
  const first = next(setup, [])
  expect(first.map(({ params }) => params[2]?.[1])).toEqual([
    { type: 'int', value: 0 },
    { type: 'int', value: 1 },
  ])
  const half: readonly SearchedTrial[] = first.map((trial, at) => ({
    trial,
    outcome: at === 0 ? { kind: 'complete', value: 1 } : { kind: 'open' },
  }))
  expect(next(setup, half)).toEqual([])
  expect(
    next(
      setup,
      half.map(({ trial }) => ({ trial, outcome: { kind: 'failed' } })),
    ),
  ).toHaveLength(2)
})

test('excluded combinations do not use up trials, forced values are tried as forced, and no combination is tried twice', () => {
  const small = 'parameters:\n  a: {type: discrete, values: [1, 2, 3, 4]}\n  b: {type: discrete, values: [x, y, z]}\n'
  const conditions = 'conditions:\n  - when: {a: 1}\n    exclude: {b: x}\n  - when: {a: 2}\n    force: {b: z}\n'
  const setup = configOf(`${small}${conditions}search: {method: tpe, trials: 9, parallel: 2, seed: 4}\n`)
  const trials = search(setup, () => ({ kind: 'complete', value: 1 }))
  const texts = trials.map(({ trial }) => trial.params.map(([, value]) => ('value' in value ? value.value : '')).join())
  expect(new Set(texts).size).toBe(texts.length)
  expect(texts).toHaveLength(9)
  expect(texts).not.toContain('1,x')
  expect(texts.filter((text) => text.startsWith('2'))).toEqual(['2,z'])
})

test('trials outside edited ranges, failed trials and pruned trials do not stop a search', () => {
  const setup = configOf(`${PLANE}search: {method: tpe, trials: 40, parallel: 2, seed: 6}\n`)
  const trials = search(setup, (values) =>
    (values[0] ?? 0) > 0
      ? bowl(values)
      : (values[1] ?? 0) > 0
        ? { kind: 'failed' }
        : { kind: 'pruned', last: { step: 10, value: 9 } },
  )
  expect(trials).toHaveLength(40)
  const narrow = configOf(
    'parameters:\n  x: {type: continuous, low: 0, high: 5}\n  y: {type: continuous, low: -5, high: 5}\nsearch: {method: tpe, trials: 42, parallel: 2, seed: 6}\n',
  )
  const added = next(narrow, trials)
  expect(added).toHaveLength(2)
  expect(added.every((trial) => (numbers({ trial })[0] ?? -1) >= 0)).toBe(true)
})
