import { expect, test } from 'vitest'
import { describeFinding, factsOf, healthMetrics, judgeMetrics, meanOver } from '../../src/judge.ts'

const steps = Array.from({ length: 100 }, (_, i) => i)

function course(name: string, value: (step: number) => number | null) {
  return factsOf({ name, steps, values: steps.map(value) })
}

const falling = course('train_loss', (step) => 2 - step * 0.015)

test('a value that is not finite, a loss that rises and overfitting are found, each with its facts', () => {
  const courses = [
    falling,
    course('val_loss', (step) => (step < 50 ? 2 - step * 0.02 : 1 + (step - 50) * 0.015)),
    course('grad_norm', (step) => (step === 99 ? null : 1)),
  ]
  expect(judgeMetrics({ courses, isRunning: true })).toEqual([
    {
      kind: 'worse',
      level: 'warn',
      metric: 'val_loss',
      isRising: true,
      before: expect.closeTo(1.2925, 9),
      now: expect.closeTo(1.6675, 9),
    },
    { kind: 'not-finite', level: 'bad', metric: 'grad_norm', step: 99 },
    {
      kind: 'overfitting',
      level: 'warn',
      metric: 'val_loss',
      training: 'train_loss',
      bestStep: 50,
      excess: expect.closeTo(0.6675, 9),
    },
  ])
})

test('non-finite values in the middle of a curve are found even if the last one is finite', () => {
  const gapped = course('train_loss', (step) => (step === 40 || step === 41 ? null : 2 - step * 0.015))
  const found = judgeMetrics({ courses: [gapped], isRunning: true })
  expect(found).toEqual([{ kind: 'had-not-finite', level: 'warn', metric: 'train_loss', count: 2, points: 100 }])
  expect(found.map((finding) => describeFinding(finding))).toEqual(['train_loss was not finite at 2 of 100 points'])
})

test('a loss that loses all of its gain is bad, and a falling accuracy is found like a rising loss', () => {
  const back = (step: number): number => Math.abs(step - 80) / 80
  const [loss] = judgeMetrics({ courses: [course('loss', (step) => (step < 80 ? back(step) : 3))], isRunning: false })
  expect(loss).toMatchObject({ kind: 'worse', level: 'bad', isRising: true })
  const [accuracy] = judgeMetrics({
    courses: [course('accuracy', (step) => (step < 80 ? step / 100 : 0.5))],
    isRunning: false,
  })
  expect(accuracy).toMatchObject({ kind: 'worse', level: 'warn', isRising: false })
})

test('a validation loss is overfitting only if it is more than a fifth above its best while the training loss falls', () => {
  const validation = (end: number) =>
    course('val_loss', (step) => (step < 50 ? 2 - step * 0.02 : 1 + (step - 50) * end))
  const kinds = (courses: Parameters<typeof judgeMetrics>[0]['courses']): string[] =>
    judgeMetrics({ courses, isRunning: false }).map(({ kind }) => kind)
  expect(kinds([falling, validation(0.015)])).toContain('overfitting')
  expect(kinds([falling, validation(0.003)])).not.toContain('overfitting')
  expect(kinds([course('train_loss', (step) => step), validation(0.015)])).not.toContain('overfitting')
})

test('a metric that no longer changes is found while the run is training, and not after it has ended', () => {
  const courses = [course('loss', (step) => (step < 50 ? 2 - step * 0.02 : 1))]
  expect(judgeMetrics({ courses, isRunning: true })).toEqual([
    { kind: 'flat', level: 'warn', metric: 'loss', value: 1 },
  ])
  expect(judgeMetrics({ courses, isRunning: false })).toEqual([])
})

test('there is no finding for a short curve, a name without a direction, or a healthy curve', () => {
  const short = factsOf({ name: 'loss', steps: [1, 2, 3], values: [1, 2, 300] })
  const courses = [short, course('lr', (step) => step), falling, factsOf({ name: 'loss', steps: [], values: [] })]
  expect(judgeMetrics({ courses, isRunning: true })).toEqual([])
})

test('metrics without a curve are counted if their last value is not finite', () => {
  expect(judgeMetrics({ courses: [falling], isRunning: true, notFinite: 1 })).toEqual([])
  expect(judgeMetrics({ courses: [falling], isRunning: true, notFinite: 7 })).toEqual([
    { kind: 'many-not-finite', level: 'warn', count: 7 },
  ])
})

test('a finding is described in one line', () => {
  expect(
    [
      { kind: 'not-finite', level: 'bad', metric: 'loss', step: 7 } as const,
      { kind: 'worse', level: 'warn', metric: 'f1', isRising: false, before: 0.81234567, now: 0.5 } as const,
      { kind: 'flat', level: 'warn', metric: 'loss', value: 1 / 3 } as const,
      { kind: 'overfitting', level: 'warn', metric: 'v', training: 't', bestStep: 9, excess: 0.2345 } as const,
      { kind: 'many-not-finite', level: 'warn', count: 3 } as const,
    ].map((finding) => describeFinding(finding)),
  ).toEqual([
    'loss is not finite at step 7',
    'f1 falls: 0.8123 → 0.5',
    'loss no longer changes, at 0.3333',
    'v is 23 % above its best (step 9) while t falls: overfitting',
    '3 metrics are not finite at their last step',
  ])
})

test('the health of a run is judged by at most twelve metrics: the key metric and the model metrics', () => {
  const names = ['sys/loss_of_memory', 'lr', 'train_loss', 'layers/0/grad_norm', 'grad_norm', 'score', 'val_accuracy']
  expect(healthMetrics(names, 'score')).toEqual(['score', 'train_loss', 'grad_norm', 'val_accuracy'])
  expect(healthMetrics(names, null)).toEqual(['train_loss', 'grad_norm', 'val_accuracy'])
  const many = Array.from({ length: 40 }, (_, i) => `loss_${i}`)
  expect(healthMetrics(many, 'lr')).toHaveLength(12)
})

test('a mean over part of a curve uses at least one point, and skips gaps', () => {
  const values = [1, 2, null, 4]
  expect(meanOver({ values }, 0, 0)).toBe(1)
  expect(meanOver({ values }, 0.5, 1)).toBe(4)
  expect(meanOver({ values }, 0.5, 0.75)).toBeUndefined()
  expect(meanOver({ values: [] }, 0, 1)).toBeUndefined()
})
