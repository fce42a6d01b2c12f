import type { Space } from '../dimension.ts'
import { createLayout, encodeParams } from '../layout.ts'
import type { TrialOutcome } from '../outcome.ts'
import type { AnyParams } from '../params.ts'
import { createRandom, randomOrder } from '../random.ts'
import type { Sampler } from '../sampler-session.ts'
import { memoryStorage } from '../storage.ts'
import { createStudy, type Study } from '../study.ts'
import type { Trial } from '../trial.ts'
import { type ConformanceCase, check, checkSame } from './check.ts'
import { SPACES } from './spaces.ts'

/**
 * Returns the requirements for every sampler, as cases for any test runner.
 *
 * @example
 * ```ts
 * for (const { title, run } of samplerConformance(() => mySampler())) test(title, run)
 * ```
 */
export function samplerConformance(make: () => Sampler): ConformanceCase[] {
  const open = (space: Space, seed = 3): Study => createStudy({ space, sampler: make(), seed })
  const perSpace = Object.entries(SPACES).flatMap(([name, space]): ConformanceCase[] => [
    {
      title: `it suggests complete parameters within the space: ${name}`,
      run: () => {
        const study = open(space)
        const layout = createLayout(space)
        for (let i = 0; i < 60; i++) {
          const trial = study.ask()
          encodeParams(layout, trial.params as AnyParams) // Throws for missing values and values out of bounds.
          study.tell(trial, outcomeOf(trial))
        }
        checkSame(study.trials.length, 60, 'the number of trials')
      },
    },
    {
      title: `the same seed produces the same trials: ${name}`,
      run: () => checkSame(play(open(space), 40), play(open(space), 40), 'the trials'),
    },
  ])
  return [...perSpace, ...behaviour(open, make)]
}

function behaviour(open: (space: Space, seed?: number) => Study, make: () => Sampler): ConformanceCase[] {
  const space = SPACES['branches in branches'] ?? {}
  const extremes: Record<string, (i: number) => TrialOutcome> = {
    'every trial fails': () => 'failed',
    'every trial is pruned without a report': () => 'pruned',
    'every value is the same': () => 1,
    'every value is infinite': (i) => (i % 2 === 0 ? Infinity : -Infinity),
    'every value is NaN': () => Number.NaN,
    'values are as large as possible': (i) => (i % 3) * Number.MAX_VALUE,
  }
  return [
    ...Object.entries(extremes).map(
      ([title, outcome]): ConformanceCase => ({
        title: `it continues when ${title}`,
        run: () => {
          const study = open(space)
          for (let i = 0; i < 40; i++) study.tell(study.ask(), outcome(i))
          checkSame(study.trials.length, 40, 'the number of trials')
        },
      }),
    ),
    {
      title: 'many trials may run at a time and be told in any order',
      run: () => {
        const study = open(space)
        for (let round = 0; round < 4; round++) {
          const trials = Array.from({ length: 15 }, () => study.ask())
          for (const i of randomOrder(createRandom(round), 15)) {
            const trial = trials[i]
            if (trial !== undefined) study.tell(trial, outcomeOf(trial))
          }
        }
        checkSame(study.trials.filter((trial) => trial.state === 'running').length, 0, 'the number of running trials')
      },
    },
    {
      title: 'the order in which trials were told does not matter',
      run: () => {
        const next = [false, true].map((reversed) => {
          const study = open(space)
          const trials = Array.from({ length: 24 }, () => study.ask())
          for (const trial of reversed ? [...trials].reverse() : trials) study.tell(trial, outcomeOf(trial))
          return play(study, 6)
        })
        checkSame(next[1], next[0], 'the next trials')
      },
    },
    {
      title: 'a reopened study continues as if it had not been closed',
      run: () => {
        const storage = memoryStorage()
        const options = { space, seed: 3, storage }
        play(createStudy({ ...options, sampler: make() }), 24)
        const again = createStudy({ ...options, sampler: make() })
        checkSame(play(again, 8), play(open(space), 32).slice(24), 'the next trials')
      },
    },
    {
      title: 'it learns from an imported study in the same way as from trials whose results were reported',
      run: () => {
        const study = open(space)
        play(study, 24)
        const imported = open(space)
        imported.import(JSON.parse(JSON.stringify(study)))
        checkSame(play(imported, 8), play(study, 8), 'the next trials')
      },
    },
    {
      title: 'it accepts trials that it would not have suggested',
      run: () => {
        const study = open({ x: SPACES['one float']?.x ?? { kind: 'float', low: -5, high: 10 } })
        for (let i = 0; i < 30; i++) study.add({ params: { x: 10 }, outcome: i })
        const { x } = study.ask().params
        check(typeof x === 'number' && x >= -5 && x <= 10, 'a value within the bounds', x)
      },
    },
  ]
}

/** Runs some trials with values derived from their parameters, and returns all results. */
function play(study: Study, count: number): unknown[] {
  return Array.from({ length: count }, () => {
    const trial = study.ask()
    study.tell(trial, outcomeOf(trial))
    return { number: trial.number, params: trial.params }
  })
}

/** An outcome that depends only on the parameters; usually it is a value. */
function outcomeOf(trial: Trial<unknown>): TrialOutcome {
  let sum = 0
  JSON.stringify(trial.params, (_, value) => {
    if (typeof value === 'number') sum += value / (10 + Math.abs(value))
    if (typeof value === 'string') sum += value.length / 10
    return value
  })
  return trial.number % 11 === 10 ? 'failed' : (sum - 0.4) * (sum - 0.4)
}
