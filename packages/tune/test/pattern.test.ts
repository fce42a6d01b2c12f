import { expect, test } from 'vitest'
import { differencePattern, factorPattern } from '../src/pattern.ts'
import { judged } from './view.ts'

const moves = (...given: readonly (readonly [number, 'accepted' | 'rejected'])[]) =>
  given.map(([value, decision]) => judged(50, decision, { value }))
const both = { up: 3, down: 0.5 }

test('factors: the largest first, the same again if it was accepted, its square root if it was rejected; then down', () => {
  expect(factorPattern([], both).next).toBe(3)
  expect(factorPattern(moves([3, 'accepted']), both).next).toBe(3)
  expect(factorPattern(moves([3, 'rejected']), both).next).toBeCloseTo(Math.sqrt(3))
  const up = moves([3, 'rejected'], [Math.sqrt(3), 'rejected'], [3 ** 0.25, 'rejected'])
  expect(factorPattern(up, both)).toEqual({ next: 0.5, tried: 3 })
  // Results of downward moves do not count for upward moves.
  expect(factorPattern(moves([0.5, 'rejected']), both).next).toBe(3)
  const down = moves([0.5, 'rejected'], [Math.SQRT1_2, 'rejected'], [0.84, 'rejected'])
  expect(factorPattern([...up, ...down], both).next).toBeNull()
})

test('a change after which training diverged counts as rejected', () => {
  const regretted = [judged(50, 'accepted', { value: 3, isRegretted: true })]
  expect(factorPattern(regretted, both).next).toBeCloseTo(Math.sqrt(3))
})

test('differences: halved after each rejection, down to an eighth of the first', () => {
  const up = { up: 8, down: null }
  expect(differencePattern(moves([8, 'rejected'], [4, 'rejected']), up).next).toBe(2)
  expect(differencePattern(moves([8, 'rejected'], [4, 'rejected'], [2, 'rejected']), up).next).toBeNull()
})
