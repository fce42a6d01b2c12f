import { float } from '../dimension.ts'
import type { Pruner } from '../pruner.ts'
import { randomSampler } from '../random-sampler.ts'
import { createStudy } from '../study.ts'
import type { StudyDirection } from '../trial.ts'
import { type ConformanceCase, check, checkSame } from './check.ts'

/**
 * Returns the requirements for every pruner, as cases for any test runner.
 *
 * The pruner receives 40 trials with 20 steps, each a straight line at its own height.
 */
export function prunerConformance(make: () => Pruner): ConformanceCase[] {
  return [
    {
      title: 'it never stops the trial that is best at every step',
      run: () => {
        for (const direction of ['minimize', 'maximize'] as const) {
          const stopped = run(make(), direction, 40)
          check(!stopped.has(0) && !stopped.has(39), `the best trials to continue when told to ${direction}`, [
            ...stopped,
          ])
        }
      },
    },
    {
      title: 'both directions are mirror images',
      run: () => checkSame([...run(make(), 'maximize', 40)], [...run(make(), 'minimize', 40)], 'the stopped trials'),
    },
    {
      title: 'it returns the same decision when it is called again',
      run: () => checkSame([...run(make(), 'minimize', 40)], [...run(make(), 'minimize', 40)], 'the stopped trials'),
    },
    {
      title: 'a single trial continues',
      run: () => checkSame([...run(make(), 'minimize', 1)], [], 'the stopped trials'),
    },
    {
      title: 'it returns a decision for NaN, for infinite values and for steps in any order',
      run: () => {
        const study = createStudy({ space: { x: float(0, 1) }, sampler: randomSampler(), pruner: make() })
        for (let i = 0; i < 20; i++) {
          const trial = study.ask()
          for (const [step, value] of [
            [5, 1],
            [2, Infinity],
            [2, -Infinity],
            [0, 0],
            [100, Number.NaN],
          ] as const) {
            check(typeof study.report(trial, step, value) === 'boolean', 'true or false')
          }
          study.tell(trial, i % 3 === 0 ? 'failed' : i)
        }
      },
    },
    {
      title: 'it changes nothing',
      run: () => {
        const study = createStudy({ space: { x: float(0, 1) }, sampler: randomSampler() })
        for (let i = 0; i < 12; i++) {
          const trial = study.ask()
          for (let step = 1; step <= 8; step++) study.report(trial, step, i)
        }
        const before = JSON.stringify(study)
        const pruner = make()
        for (const trial of study.trials) pruner.shouldPrune(trial as never, study.trials as never, 'minimize')
        checkSame(JSON.stringify(study), before, 'the study')
      },
    },
  ]
}

/** Returns the numbers of the trials that were stopped; trial 0 and the last trial are always better than those before them. */
function run(pruner: Pruner, direction: StudyDirection, trials: number): Set<number> {
  const sign = direction === 'minimize' ? 1 : -1
  const study = createStudy({ space: { x: float(0, 1) }, sampler: randomSampler(), direction, pruner })
  const stopped = new Set<number>()
  for (let i = 0; i < trials; i++) {
    const height = i === 0 ? -1 : i === trials - 1 ? -2 : (i * 7) % trials
    const trial = study.ask()
    for (let step = 1; step <= 20 && !stopped.has(i); step++) {
      if (study.report(trial, step, sign * (height - step / 100))) stopped.add(i)
    }
    study.tell(trial, stopped.has(i) ? 'pruned' : sign * height)
  }
  return stopped
}
