import { expect, test } from 'vitest'
import { type Arming, armingJson, createArming, fire, readArming, takeLook } from '../src/arming.ts'
import type { Rule } from '../src/types.ts'

// Only these fields of a rule matter here.
const rule = (more: Partial<Rule>): Rule => ({ hold: 1, clear: 1, cooldown: 0, ...more }) as Rule

/** The clock values at which a rule fires, given whether its condition is true at each of them. */
function fired(given: Rule, truths: string, arming: Arming = createArming()): readonly number[] {
  return [...truths].flatMap((truth, clock) => {
    if (!takeLook(given, arming, truth === '1', clock)) return []
    fire(arming, clock)
    return [clock]
  })
}

test('a rule fires once while its condition stays true, and again after it was false', () => {
  expect(fired(rule({}), '0110111')).toEqual([1, 4])
  expect(fired(rule({ clear: 2 }), '10110011')).toEqual([0, 6])
  expect(fired(rule({ clear: 0 }), '0111')).toEqual([1, 2, 3])
})

test('a condition must be true in a number of consecutive evaluations', () => {
  expect(fired(rule({ hold: 3 }), '1101110111')).toEqual([5, 9])
})

test('a rule waits for its cooldown, longer after its action was refused', () => {
  expect(fired(rule({ cooldown: 3, clear: 0 }), '1111111')).toEqual([0, 3, 6])
  const refused = { ...createArming(), firedAt: 0, patience: 4 }
  expect(fired(rule({ cooldown: 2, clear: 0 }), '111111111111', refused)).toEqual([8, 10])
})

test('firing resets the patience, and keeps the count of harmful effects', () => {
  const arming = { held: 3, cleared: 0, isArmed: true, firedAt: null, patience: 4, worse: 1 }
  fire(arming, 7)
  expect(arming).toEqual({ held: 0, cleared: 0, isArmed: false, firedAt: 7, patience: 1, worse: 1 })
})

test("a rule's state is the same after it was saved and restored, and invalid fields get defaults", () => {
  const arming = { held: 1, cleared: 2, isArmed: false, firedAt: 3, patience: 4, worse: 5 }
  expect([armingJson(arming), readArming(armingJson(arming))]).toEqual([arming, arming])
  for (const wrong of [null, 3, 'x', [], {}]) expect(readArming(wrong)).toEqual(createArming())
  const bad = { held: 'x', cleared: null, isArmed: 3, firedAt: 'x', patience: [], worse: {} }
  expect(readArming(bad)).toEqual(createArming())
})
