import { expect, test } from 'vitest'
import { createMutableState, lossActuators } from '../src/index.ts'
import { refusal, set, trainer } from './support.ts'

test('a weight is set by its name or by its name and _w', () => {
  const { state, weights } = trainer()
  expect(set(state, { aux: 0.5 })).toEqual({ ok: true, payload: { aux: 0.5 }, old: { aux: 0 } })
  expect(set(state, { aux_w: 0.75 })).toEqual({ ok: true, payload: { aux_w: 0.75 }, old: { aux: 0.5 } })
  expect(weights).toEqual({ ce: 1, aux: 0.75 })
})

test('an exact name takes precedence over a name without _w', () => {
  const weights = { a: 1, a_w: 2 }
  const state = createMutableState(lossActuators(weights))
  set(state, { a_w: 5 })
  expect(weights).toEqual({ a: 1, a_w: 5 })
})

test('bounds are 0 to 100, or those of the trainer, for all or individually', () => {
  const { state } = trainer()
  expect(refusal(set(state, { ce: -0.1 }))).toBe('`ce` must be between 0 and 100, got -0.1')
  const own = createMutableState(lossActuators({ a: 1, b: 1 }, { bounds: [0, 2], boundsOf: { b: [-1, 1] } }))
  expect(refusal(set(own, { a: 3 }))).toBe('`a` must be between 0 and 2, got 3')
  expect(set(own, { b: -1 })).toMatchObject({ ok: true })
})

test('a term that is switched off has weight 0, and returns with the value that was set in the meantime', () => {
  const { state, weights } = trainer()
  expect(set(state, { 'terms.ce': false })).toEqual({
    ok: true,
    payload: { 'terms.ce': false },
    old: { 'terms.ce': true },
  })
  expect(weights.ce).toBe(0)
  set(state, { ce: 2 })
  expect([weights.ce, state.current('ce', 0)]).toEqual([0, 2])
  set(state, { 'terms.ce': true })
  expect(weights.ce).toBe(2)
})

test('a ramp continues under a term that is switched off', () => {
  const { state, weights } = trainer()
  set(state, { 'ramps.aux': { steps: 4, end: 1 }, 'terms.aux': false }, 0)
  state.tick(2)
  expect(weights.aux).toBe(0)
  set(state, { 'terms.aux': true }, 2)
  state.tick(3)
  expect(weights.aux).toBe(0.75)
})

test('switches that the trainer reads itself do not change its weights', () => {
  const weights = { a: 1, b: 1 }
  const terms = { a: true, b: false }
  const state = createMutableState(lossActuators(weights, { terms }))
  weights.a = 0.5 // Done by the trainer itself.
  set(state, { 'terms.a': false, 'terms.b': true })
  expect([weights, terms]).toEqual([
    { a: 0.5, b: 1 },
    { a: false, b: true },
  ])
})
