import { expect, test } from 'vitest'
import {
  ashaPruner,
  createStudy,
  float,
  hyperbandPruner,
  medianPruner,
  type Pruner,
  patientPruner,
  percentilePruner,
  randomSampler,
  type StudyDirection,
  thresholdPruner,
  wilcoxonPruner,
} from '../src/index.ts'
import { createRandom } from '../src/random.ts'
import { indexReports } from '../src/report-index.ts'
import { signedRankP } from '../src/wilcoxon-pruner.ts'

function open(pruner: Pruner, direction: StudyDirection = 'minimize') {
  return createStudy({ space: { x: float(0, 1) }, sampler: randomSampler(), pruner, direction })
}

/** Reports curves one after the other; returns the step at which each was stopped, or undefined if it was not. */
function stops(pruner: Pruner, curves: readonly (readonly number[])[], direction: StudyDirection = 'minimize') {
  const study = open(pruner, direction)
  return curves.map((curve) => {
    const trial = study.ask()
    const index = curve.findIndex((value, step) => study.report(trial, step + 1, value))
    study.tell(trial, index < 0 ? (curve.at(-1) ?? 0) : 'pruned')
    return index < 0 ? undefined : index + 1
  })
}

const flat = (height: number, steps = 4) => Array.from({ length: steps }, () => height)

test('the median pruner stops trials that are worse than the median at the same step', () => {
  const curves = [1, 2, 3, 4, 5].map((height) => flat(height))
  expect(stops(medianPruner(), [...curves, flat(3.1), flat(2.9), flat(2.95)])).toEqual([
    ...curves.map(() => undefined),
    1,
    undefined,
    undefined,
  ])
  expect(stops(medianPruner(), [...curves, flat(3.1), flat(2.9)], 'maximize').slice(5)).toEqual([undefined, 1])
})

test('the median pruner waits for enough trials and for the warmup', () => {
  const curves = [1, 1, 1].map((height) => flat(height))
  expect(stops(medianPruner({ startup: 4 }), [...curves, flat(9)])).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
  expect(stops(medianPruner({ startup: 3 }), [...curves, flat(9)])).toEqual([undefined, undefined, undefined, 1])
  expect(stops(medianPruner({ startup: 3, warmup: 3 }), [...curves, flat(9)])).toEqual([
    undefined,
    undefined,
    undefined,
    3,
  ])
})

test('a trial counts with its best value, the others with their mean', () => {
  const curves = [flat(2), flat(2), flat(2), flat(2), flat(2)]
  expect(stops(medianPruner(), [...curves, [1, 9, 9, 9]])[5]).toBeUndefined()
  expect(stops(medianPruner(), [...curves.map(() => [0, 4, 4, 4]), [9, 2.5, 2.5, 2.5]])[5]).toBe(1)
})

test('ASHA stops trials only at rungs, and keeps the best fraction there', () => {
  const pruner = ashaPruner({ minResource: 1, reduction: 2 })
  // Rungs at 1, 2, 4, 8. With two at a rung, the better one continues.
  expect(stops(pruner, [flat(5, 8), flat(6, 8), flat(4, 8), flat(4.5, 8), flat(7, 8)])).toEqual([
    undefined,
    1,
    undefined,
    2,
    1,
  ])
  expect(stops(pruner, [flat(-5, 8), flat(-6, 8), flat(-4, 8)], 'maximize')).toEqual([undefined, 1, undefined])
})

test('ASHA lets the first trials pass a rung, and skips rungs on request', () => {
  const falling = [flat(1), flat(2), flat(3), flat(4)]
  expect(stops(ashaPruner({ reduction: 4 }), falling)).toEqual([undefined, undefined, undefined, 1])
  expect(stops(ashaPruner({ reduction: 2, skip: 1 }), falling)).toEqual([undefined, 2, 2, 2])
  expect(stops(ashaPruner({ reduction: 2, minResource: 3 }), falling)).toEqual([undefined, 3, 3, 3])
})

test('ASHA finds a nearly optimal curve among 81 with less than a third of the work', () => {
  const pruner = ashaPruner({ reduction: 3 })
  const study = open(pruner)
  let work = 0
  for (let i = 0; i < 81; i++) {
    const trial = study.ask()
    const final = (i * 37) % 81
    let stopped = false
    for (let step = 1; step <= 81 && !stopped; step++) {
      work += 1
      stopped = study.report(trial, step, final + 60 / step)
    }
    study.tell(trial, stopped ? 'pruned' : final)
  }
  expect(study.best?.value).toBeLessThanOrEqual(1)
  expect(work / (81 * 81)).toBeLessThan(0.33)
})

test('a rung is decided once, when it is reached', () => {
  const study = open(ashaPruner({ reduction: 2 }))
  const first = study.ask()
  expect(study.report(first, 1, 5)).toBe(false)
  for (const value of [1, 2, 3]) study.report(study.ask(), 1, value)
  // Among four at the first rung it would be the last, but it has passed; there is no rung at 1.5.
  expect([study.report(first, 1.5, 5), study.report(first, 2, 5)]).toEqual([false, false])
})

test('the median pruner leaves out trials that did not get that far', () => {
  const study = open(medianPruner({ startup: 3 }))
  for (const value of [1, 1, 1, 1]) study.report(study.ask(), 1, value)
  const trial = study.ask()
  expect(study.report(trial, 2, 9)).toBe(false)
})

test('NaN stops a trial immediately', () => {
  for (const pruner of [medianPruner(), ashaPruner()]) expect(stops(pruner, [[1, Number.NaN, 1]])).toEqual([2])
})

test('options out of bounds are rejected', () => {
  expect(() => medianPruner({ startup: -1 })).toThrow('`startup` must be a whole number >= 0, got -1')
  expect(() => medianPruner({ warmup: Number.NaN })).toThrow('`warmup` must be a number >= 0, got NaN')
  expect(() => ashaPruner({ reduction: 1 })).toThrow('`reduction` must be a finite number > 1, got 1')
  expect(() => ashaPruner({ minResource: 0 })).toThrow('`minResource` must be a finite number > 0, got 0')
  expect(() => ashaPruner({ skip: 0.5 })).toThrow('`skip` must be a whole number >= 0, got 0.5')
})

test('reports of a trial that was already told are rejected', () => {
  const study = open(medianPruner())
  const trial = study.ask()
  study.tell(trial, 1)
  expect(() => study.report(trial, 1, 1)).toThrow('trial 0 was already told')
  expect(() => study.report(study.ask(), Number.NaN, 1)).toThrow('`step` must be a finite number, got NaN')
})

/** The number of reports that a pruner reads from the trials' lists while the last trial reports its last hundred steps. */
function reads(pruner: Pruner, steps: number): number {
  const study = open(pruner)
  const counted: object[] = []
  let count = 0
  for (let i = 0; i < 6; i++) {
    const trial = study.ask()
    for (let step = 1; step <= steps; step++) {
      study.report(trial, step, i === 5 ? -1 : step / 1000)
      // From here on, reading an element of the list is counted.
      if (i === 5 && step === steps - 100) {
        for (const other of study.trials) {
          const { reports } = other
          counted.push(
            Object.assign(Object.create(other), {
              reports: new Proxy(reports as object[], {
                get: (target, key, self) => {
                  if (typeof key === 'string' && /^\d+$/.test(key)) count += 1
                  return Reflect.get(target, key, self)
                },
              }),
            }),
          )
        }
        pruner.shouldPrune(counted[5] as never, counted as never, 'minimize')
        count = 0
      }
      if (counted.length > 0) pruner.shouldPrune(counted[5] as never, counted as never, 'minimize')
    }
  }
  return count
}

for (const [name, make] of Object.entries({ median: medianPruner, asha: ashaPruner })) {
  test(`a report to the ${name} pruner reads as many reports at 4,000 steps as at 200`, () => {
    expect(reads(make(), 4000)).toBe(reads(make(), 200))
    expect(reads(make(), 4000)).toBeLessThan(101 * 6)
  })
}

test('steps reported out of order lead to the same decisions as a loop over all reports', () => {
  const random = createRandom(3)
  const reports: { step: number; value: number }[] = []
  for (let i = 0; i < 300; i++) {
    reports.push({ step: Math.floor(random() * 60), value: random() })
    const index = indexReports(reports)
    const step = Math.floor(random() * 60)
    const upTo = reports.filter((report) => report.step <= step).map(({ value }) => value)
    expect(index.firstFrom(step)).toBe(reports.find((report) => report.step >= step))
    expect(index.lastStep).toBe(Math.max(...reports.map((report) => report.step)))
    expect(index.bestUpTo(step, 'minimize')).toBe(upTo.length === 0 ? Number.NaN : Math.min(...upTo))
    expect(index.bestUpTo(step, 'maximize')).toBe(upTo.length === 0 ? Number.NaN : Math.max(...upTo))
    if (upTo.length > 0) expect(index.meanUpTo(step)).toBeCloseTo(upTo.reduce((a, b) => a + b) / upTo.length, 12)
    else expect(index.meanUpTo(step)).toBeNaN()
  }
})

test('the percentile pruner keeps the configured percentage', () => {
  const curves = [1, 2, 3, 4, 5].map((height) => flat(height))
  expect(stops(percentilePruner(25), [...curves, flat(2.1), flat(1.9)]).slice(5)).toEqual([1, undefined])
  expect(stops(percentilePruner(75), [...curves, flat(4.1), flat(3.9)]).slice(5)).toEqual([1, undefined])
  expect(stops(percentilePruner(25), [...curves, flat(3.9), flat(4.1)], 'maximize').slice(5)).toEqual([1, undefined])
  expect(() => percentilePruner(101)).toThrow('`percentile` must be from 0 to 100, got 101')
})

test('the threshold pruner stops trials that leave the bounds, after the warmup', () => {
  const pruner = thresholdPruner({ lower: 0, upper: 2, warmup: 2 })
  expect(
    stops(pruner, [
      [9, 1, 1],
      [1, 2, 3],
      [1, 1, -1],
      [0, 2, 0],
      [1, Infinity],
      [1, 1, Number.NaN],
    ]),
  ).toEqual([undefined, 3, 3, undefined, 2, 3])
  expect(() => thresholdPruner({})).toThrow('set `lower` or `upper`, got neither')
  expect(() => thresholdPruner({ lower: 2, upper: 1 })).toThrow('`lower` must be <= `upper`, got 2 and 1')
})

test('the patient pruner waits for `patience` reports without a better value', () => {
  const alone = patientPruner(undefined, { patience: 2 })
  expect(
    stops(alone, [
      [5, 4, 4, 4, 4],
      [5, 4, 5, 3, 5, 5, 5],
      [5, 4, 3, 2],
    ]),
  ).toEqual([5, 7, undefined])
  expect(
    stops(patientPruner(undefined, { patience: 1, minDelta: 0.5 }), [
      [5, 4.8, 4.6, 4.4],
      [5, 4, 3],
    ]),
  ).toEqual([3, undefined])
  expect(stops(alone, [[-5, -4, -4, -4, -4]], 'maximize')).toEqual([5])
  const never: Pruner = { name: 'never', shouldPrune: () => false }
  expect(stops(patientPruner(never, { patience: 0 }), [[1, 2, 3]])).toEqual([undefined])
  expect(() => patientPruner(undefined, {} as never)).toThrow('`patience` must be a whole number >= 0, got undefined')
})

test('Hyperband assigns trials to brackets in proportion, each with its own rungs', () => {
  const pruner = hyperbandPruner({ maxResource: 9 })
  const study = open(pruner)
  const stoppedAt = new Map<number, number>()
  for (let i = 0; i < 34; i++) {
    const trial = study.ask()
    for (let step = 1; step <= 9 && !stoppedAt.has(i); step++) if (study.report(trial, step, i)) stoppedAt.set(i, step)
    study.tell(trial, stoppedAt.has(i) ? 'pruned' : i)
  }
  // Brackets of 9, 5 and 3 trials a round (eta 3): rungs from 1, from 3 and at 9.
  const at = [...stoppedAt.values()]
  expect([at.filter((step) => step === 1).length, at.filter((step) => step === 3).length, at.length]).toEqual([
    expect.closeTo(16, -0.7),
    expect.closeTo(8, -0.7),
    expect.closeTo(28, -0.7),
  ])
  expect(at.filter((step) => ![1, 3, 9].includes(step))).toEqual([])
  expect(() => hyperbandPruner({ maxResource: 0 })).toThrow(
    '`maxResource` must be finite and >= `minResource` > 0, got 0 and 1',
  )
})

test('the signed-rank test agrees with worked examples', () => {
  // scipy 1.17: wilcoxon(d, alternative='greater', zero_method='zsplit'), the second with method='approx'
  expect(signedRankP([1.1, 2.2, -0.5, 3.3, 0.7, 4.1])).toBeCloseTo(0.03125, 12)
  expect(signedRankP([1, 1, 2, -2, 3, 0])).toBeCloseTo(0.12312584984626351, 9)
  expect(signedRankP([-1, -2, -3])).toBe(1)
})

test('the Wilcoxon pruner stops trials that are worse than the best, instance by instance, in any order', () => {
  const study = open(wilcoxonPruner())
  const run = (values: Record<number, number>) => {
    const trial = study.ask()
    const at = Object.entries(values).findIndex(([step, value]) => study.report(trial, Number(step), value))
    study.tell(trial, at < 0 ? Object.values(values).reduce((a, b) => a + b) / 8 : 'pruned')
    return at
  }
  const base = [1, 5, 2, 8, 3, 9, 4, 7]
  expect(run({ ...base })).toBe(-1)
  // It is worse at each instance, even though values differ much more between instances.
  expect(run({ ...base.map((value, i) => value + 0.1 + i / 100) })).toBe(3)
  expect(run({ ...base.map((value) => value - 0.1) })).toBe(-1)
  expect(() => wilcoxonPruner({ pThreshold: 1 })).toThrow('`pThreshold` must be > 0 and < 1, got 1')
})
