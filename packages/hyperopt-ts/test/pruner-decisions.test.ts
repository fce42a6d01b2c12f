import { expect, test } from 'vitest'
import {
  ashaPruner,
  hyperbandPruner,
  medianPruner,
  type Pruner,
  patientPruner,
  percentilePruner,
  type StudyDirection,
  type Trial,
  thresholdPruner,
  wilcoxonPruner,
} from '../src/index.ts'
import { signedRankP } from '../src/wilcoxon-pruner.ts'

type Curve = readonly number[] | Readonly<Record<number, number>>

/** A trial with the values of a curve: those of a list at the steps 1, 2, 3 and so on. */
function trial(number: number, curve: Curve, more: Partial<Trial> = {}): Trial {
  const reports = Array.isArray(curve)
    ? curve.map((value: number, i) => ({ step: i + 1, value }))
    : Object.entries(curve).map(([step, value]) => ({ step: Number(step), value }))
  return { number, params: {}, state: 'running', value: undefined, reason: undefined, reports, ...more }
}

/** The decision about the last of the trials. */
function decides(pruner: Pruner, curves: readonly (Curve | Trial)[], direction: StudyDirection = 'minimize'): boolean {
  const trials = curves.map((curve, i) => ('reports' in curve ? (curve as Trial) : trial(i, curve)))
  const last = trials.at(-1)
  if (last === undefined) throw new Error('a decision needs a trial')
  return pruner.shouldPrune(last, trials, direction)
}

const ALL: readonly Pruner[] = [
  medianPruner(),
  percentilePruner(50),
  ashaPruner(),
  hyperbandPruner({ maxResource: 9 }),
  thresholdPruner({ lower: 0 }),
  wilcoxonPruner(),
  patientPruner(undefined, { patience: 0 }),
]

test('a pruner has a name, and continues a trial without reports', () => {
  expect(ALL.map(({ name }) => name)).toEqual([
    'median',
    'percentile',
    'asha',
    'hyperband',
    'threshold',
    'wilcoxon',
    'patient',
  ])
  expect(ALL.map((pruner) => decides(pruner, [[1], [1], [1], [1], [1], [1], []]))).toEqual(ALL.map(() => false))
})

test('the percentile pruner compares the best value of a trial with the means of the others', () => {
  const half = percentilePruner(50, { startup: 0 })
  const others = [[1, 3], [4, 4], [9, 7], [6]]
  // The means at step 2 are 2, 4 and 8.
  expect([decides(half, [...others, [9, 4]]), decides(half, [...others, [9, 4.1]])]).toEqual([false, true])
  expect([decides(half, [...others, [3.9, 9]]), decides(half, [...others, [9, Number.NaN]])]).toEqual([false, true])
  const quarter = percentilePruner(25, { startup: 0 })
  expect([decides(quarter, [...others, [3, 9]]), decides(quarter, [...others, [3.1, 9]])]).toEqual([false, true])
  expect([
    decides(quarter, [...others, [6, 0]], 'maximize'),
    decides(quarter, [...others, [5.9, 0]], 'maximize'),
  ]).toEqual([false, true])
  expect([0, 100].map((share) => decides(percentilePruner(share, { startup: 0 }), [...others, [2.1, 9]]))).toEqual([
    true,
    false,
  ])
  // Failed trials and values of NaN do not count.
  expect(decides(half, [[1, 1], trial(1, [0, 0], { state: 'failed' }), [0, Number.NaN], [1, 1]])).toBe(false)
  expect(
    decides(half, [
      [Number.NaN, Number.NaN],
      [5, 5],
    ]),
  ).toBe(false)
  expect(
    decides(half, [
      [-Infinity, 0],
      [-Infinity, 0],
      [5, 5],
    ]),
  ).toBe(true)
  expect(
    decides(half, [
      [Infinity, 0],
      [Infinity, 0],
      [5, 5],
    ]),
  ).toBe(false)
})

test('the percentile pruner waits for `startup` trials and for the warmup', () => {
  const low = (count: number): Curve[] => Array.from({ length: count }, () => [1, 1])
  expect([4, 5].map((count) => decides(percentilePruner(50), [...low(count), [9, 9]]))).toEqual([false, true])
  expect([0, 1].map((count) => decides(percentilePruner(50, { startup: 0 }), [...low(count), [9, 9]]))).toEqual([
    false,
    true,
  ])
  expect([2, 2.5].map((warmup) => decides(medianPruner({ startup: 1, warmup }), [...low(1), [9, 9]]))).toEqual([
    true,
    false,
  ])
})

test('ASHA decides only at the first report of a rung, among all trials that have reached it', () => {
  const asha = ashaPruner({ reduction: 2, minResource: 2 })
  const others = [
    [9, 1],
    [9, 3],
  ]
  // Of three at a rung, one continues.
  expect([decides(asha, [...others, [0, 0.9]]), decides(asha, [...others, [0, 1.1]])]).toEqual([false, true])
  expect([decides(asha, [...others, [9]]), decides(asha, [...others, [0, 9, 9]])]).toEqual([false, false])
  expect([decides(asha, [...others, { 3: 9 }]), decides(asha, [...others, { 1: 0, 3: 0 }])]).toEqual([true, false])
  // Equal values continue, two of four continue, and one of two.
  expect([decides(asha, [...others, [0, 1]]), decides(asha, [...others, [0, 5], [0, 2]])]).toEqual([false, false])
  expect([
    decides(asha, [
      [9, 1],
      [0, 2],
    ]),
    decides(asha, [[0, 2]]),
  ]).toEqual([true, false])
  expect([
    decides(
      asha,
      [
        [9, 1],
        [0, 2],
      ],
      'maximize',
    ),
    decides(
      asha,
      [
        [9, 3],
        [0, 2],
      ],
      'maximize',
    ),
  ]).toEqual([false, true])
  // The next rung is at 4, and with one skipped it is the first.
  expect(
    decides(asha, [
      [1, 1, 1, 1],
      [1, 1, 1, 2],
    ]),
  ).toBe(true)
  const later = ashaPruner({ reduction: 2, minResource: 2, skip: 1 })
  expect([
    decides(later, [
      [1, 1],
      [2, 2],
    ]),
    decides(later, [
      [1, 1, 1, 1],
      [1, 1, 1, 2],
    ]),
  ]).toEqual([false, true])
  // With fewer trials than the reduction, all continue.
  const third = ashaPruner({ reduction: 3 })
  expect([decides(third, [[1], [2]]), decides(third, [[1], [0], [2]]), decides(third, [[1], [Number.NaN]])]).toEqual([
    false,
    true,
    true,
  ])
})

test('the threshold pruner stops values beyond its bounds, but not values on them', () => {
  const within = thresholdPruner({ lower: 1, upper: 2, warmup: 3 })
  const at = (pruner: Pruner, value: number): boolean => decides(pruner, [[0, 0, value]])
  expect([0.9, 1, 2, 2.1, Number.NaN].map((value) => at(within, value))).toEqual([true, false, false, true, true])
  expect([at(thresholdPruner({ lower: 1, warmup: 3.5 }), 0), at(thresholdPruner({ lower: 1 }), Infinity)]).toEqual([
    false,
    false,
  ])
  expect([at(thresholdPruner({ upper: 1 }), -Infinity), at(thresholdPruner({ lower: 1, upper: 1 }), 1)]).toEqual([
    false,
    false,
  ])
})

test('the patient pruner counts reports since the last improvement by more than `minDelta`', () => {
  const patient = patientPruner(undefined, { patience: 2 })
  const cases: [Curve, boolean][] = [
    [[5, 6], false],
    [[5, 6, 6], false],
    [[5, 6, 6, 6], true],
    [[5, 6, 6, 4], false],
    [[5, 5, 5, 5], true],
    [[Number.NaN], true],
  ]
  expect(cases.map(([curve]) => decides(patient, [curve]))).toEqual(cases.map(([, stops]) => stops))
  expect(decides(patient, [[5, 4, 4, 4]], 'maximize')).toBe(true)
  expect(decides(patient, [[5, 4, 4, 6]], 'maximize')).toBe(false)
  const choosy = patientPruner(undefined, { patience: 1, minDelta: 1 })
  expect(
    [
      [5, 4.5],
      [5, 4.5, 4.1],
      [5, 5, 4],
      [5, 5, 3.9],
    ].map((curve) => decides(choosy, [curve])),
  ).toEqual([false, true, true, false])
  const asked: number[] = []
  const other: Pruner = { name: 'other', shouldPrune: ({ reports }) => asked.push(reports.length) > 1 }
  const both = patientPruner(other, { patience: 1 })
  expect(
    [
      [5, 6],
      [5, 6, 7],
      [5, 6, 7],
      [5, 6, 4],
    ].map((curve) => decides(both, [curve])),
  ).toEqual([false, false, true, false])
  expect(asked).toEqual([3, 3])
})

test('the Wilcoxon pruner compares with the best feasible trial, at the steps that both have', () => {
  const best = (curve: Curve, value: number, more: Partial<Trial> = {}): Trial =>
    trial(0, curve, { state: 'complete', value, ...more })
  const base = best([1, 2, 3, 4, 5], 3)
  const pruner = wilcoxonPruner()
  // Of three differences that are all worse, the p value is 1/8; of four it is 1/16.
  expect([3, 4].map((count) => decides(pruner, [base, [2, 4, 6, 8].slice(0, count)]))).toEqual([false, true])
  expect(decides(wilcoxonPruner({ startup: 5 }), [base, [2, 4, 6, 8]])).toBe(false)
  expect(decides(wilcoxonPruner({ pThreshold: 0.125 }), [base, [2, 4, 6]])).toBe(false)
  expect(decides(wilcoxonPruner({ pThreshold: 0.126 }), [base, [2, 4, 6]])).toBe(true)
  expect(decides(pruner, [base, { 11: 9, 12: 9, 13: 9, 14: 9, 15: 9 }])).toBe(false)
  expect(decides(pruner, [base, { 1: 9, 2: Number.NaN, 3: 9, 4: 9 }])).toBe(false)
  expect(decides(pruner, [[2, 4, 6, 8]])).toBe(false)
  expect(decides(pruner, [base])).toBe(false)
  expect(decides(pruner, [best([1, 2, 3, 4], -9, { constraints: [1] }), [2, 4, 6, 8]])).toBe(false)
  expect(decides(pruner, [best([9, 9, 9, 9], 9), base, [2, 4, 6, 8]])).toBe(true)
  expect(decides(pruner, [base, best([9, 9, 9, 9], 9), [2, 4, 6, 8]])).toBe(true)
  expect(decides(pruner, [base, best([9, 9, 9, 9], 9), [2, 4, 6, 8]], 'maximize')).toBe(true)
  expect(decides(pruner, [base, [2, 4, 6, 8]], 'maximize')).toBe(false)
  // Worse in four of five, but better in the mean.
  expect(decides(wilcoxonPruner({ pThreshold: 0.9 }), [base, [1.1, 2.2, 3.3, 4.4, -9]])).toBe(false)
})

test.each<[readonly number[], number]>([
  [[1], 1 / 2],
  [[-1], 1],
  [[1, 2], 1 / 4],
  [[1, -2], 3 / 4],
  [[-1, 2], 1 / 2],
  [[1, 2, 3, 4, -5], 10 / 32],
  [Array.from({ length: 25 }, (_, i) => i + 1), 2 ** -25],
  [[], 1],
])('the p value of %j is exact', (differences, p) => {
  expect(signedRankP(differences)).toBeCloseTo(p, 14)
})

test('ties, zeros and long lists have the p value of the normal approximation', () => {
  // Half of the normal distribution lies on each side of the mean.
  expect(signedRankP([1, -1])).toBeCloseTo(0.5, 12)
  expect(signedRankP([0, 0, 0])).toBeCloseTo(0.5, 12)
  // z = (plus - n (n + 1) / 4) / sqrt(n (n + 1) (2 n + 1) / 24 - ties / 48)
  expect(signedRankP([2, 2, -1])).toBeCloseTo(shareAbove((5 - 3) / Math.sqrt(3.5 - 6 / 48)), 9)
  expect(signedRankP([0, 1, 2])).toBeCloseTo(shareAbove((5.5 - 3) / Math.sqrt(3.5)), 9)
  const long = Array.from({ length: 26 }, (_, i) => (i % 2 === 0 ? i + 1 : -i - 1))
  expect(signedRankP(long)).toBeCloseTo(shareAbove((169 - 175.5) / Math.sqrt((26 * 27 * 53) / 24)), 9)
})

/** The share of the normal distribution above `z`, by Simpson's rule. */
function shareAbove(z: number): number {
  const steps = 2000
  const width = z / steps
  let sum = 0
  for (let i = 0; i <= steps; i++) {
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2
    sum += weight * Math.exp(-((i * width) ** 2) / 2)
  }
  return 0.5 - (sum * width) / 3 / Math.sqrt(2 * Math.PI)
}
