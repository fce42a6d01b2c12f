import { expect, test } from 'vitest'
import { evidenceOf, evidenceText } from '../src/shared/evidence.ts'

const steps = Array.from({ length: 60 }, (_, i) => i * 10)
const falling = steps.map((step) => 2 - step / 400 + (step % 20 === 0 ? 0.01 : -0.01))

test('the evidence at a step comes from the points up to it', () => {
  const evidence = evidenceOf({ steps, values: falling.map((value, i) => (i > 40 ? 99 : value)) }, 400, 'min')
  expect(evidence).toMatchObject({ levelStep: 360, count: 16 })
  expect(evidence?.level).toBeCloseTo(2 - 380 / 400, 1)
  expect(evidence?.best).toBeGreaterThan(evidence?.level ?? 9)
  expect(evidence?.z).toBeLessThan(-2)
  expect(evidence === undefined ? '' : evidenceText(evidence)).toMatch(
    /^level 1\.06, best 1\.165 from step 310, noise \S+, falling over the last 16 values \(z -\d/,
  )
})

test('if larger is better, the best value is the largest one, in the units of the metric', () => {
  const values = steps.map((step) => step / 1000)
  const evidence = evidenceOf({ steps, values }, 300, 'max')
  expect(evidence?.level).toBeCloseTo(0.28)
  expect(evidence?.best).toBeCloseTo(0.23)
  expect(evidence?.z).toBeGreaterThan(2)
})

test('fewer than ten finite points give no evidence', () => {
  expect(
    evidenceOf(
      { steps: steps.slice(0, 12), values: falling.slice(0, 12).map((v, i) => (i < 3 ? null : v)) },
      110,
      'min',
    ),
  ).toBeUndefined()
})
