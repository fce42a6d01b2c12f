import type { JsonObject, Op } from '@hotcb/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FoldedOp, MutableState } from '../src/index.ts'
import { setOp, switchOp, trainer } from './support.ts'

const rate = fc.double({ min: 1e-6, max: 0.4, noNaN: true })
const share = fc.double({ min: 0, max: 0.9, noNaN: true })
const weight = fc.double({ min: -5, max: 105, noNaN: true })
const narrowing = fc.constantFrom({}, {}, { group: 'body' }, { group: 1 }, { groups: ['head', 'body'] }, { group: 'x' })
const ramp = fc.oneof(
  fc.record({ steps: fc.integer({ min: 0, max: 9 }), end: weight, type: fc.constantFrom('linear', 'cosine') }),
  fc.record({ warmup_frac: fc.constantFrom(0, 0.05, 0.1), end: weight, start: weight }),
  fc.constant(null),
)
const params: fc.Arbitrary<JsonObject> = fc
  .tuple(
    fc.record(
      {
        lr: fc.oneof(rate, fc.tuple(rate, rate), rate.map(String)),
        scheduler_scale: fc.oneof(share, fc.tuple(share, share)),
        scheduler_drop: fc.double({ min: 0.1, max: 2, noNaN: true }),
        weight_decay: fc.oneof(share, fc.tuple(share, share)),
        betas: fc.oneof(fc.tuple(share, share), fc.tuple(fc.tuple(share, share), fc.tuple(share, share))),
        ce_w: weight,
        aux: weight,
        'ramps.aux': ramp,
        'ramps.ce': ramp,
        'terms.aux': fc.boolean(),
      },
      { requiredKeys: [] },
    ),
    narrowing,
  )
  .map(([keys, narrow]): JsonObject => ({ ...keys, ...narrow }))

const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 8, arbitrary: params.map((given) => setOp(given)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('enable' as const, 'disable' as const), fc.constantFrom('lr', 'aux', 'weight_decay'))
      .map(([word, key]) => switchOp(word, { key })),
  },
)
const history = fc.array(fc.record({ op, gap: fc.integer({ min: 0, max: 3 }) }), { maxLength: 12 })
const schedules = fc.constantFrom({}, { schedule: (step: number) => [0.1 / (1 + step), 0.3 / (1 + step)] })

/** Applies ops live; returns the applied ones as a ledger would, after a JSON round trip. */
function play(
  state: MutableState,
  acts: readonly { readonly op: Op; readonly gap: number }[],
): { readonly applied: readonly FoldedOp[]; readonly step: number } {
  const applied: FoldedOp[] = []
  let step = 0
  for (const { op: asked, gap } of acts) {
    for (let i = 0; i < gap; i++) state.tick(++step)
    const outcome = state.apply(asked, { step, total: 100 })
    if (!outcome.ok) continue
    const told = JSON.parse(JSON.stringify(outcome.payload))
    applied.push({ op: { ...asked, params: told }, step, total: null })
  }
  state.tick(++step)
  return { applied, step }
}

test('the `old` of an op restores everything, bit for bit', () => {
  fc.assert(
    fc.property(history, op, schedules, (acts, last, options) => {
      const { state, groups, weights } = trainer(options)
      const { step } = play(state, acts)
      const before = structuredClone({ groups, weights, snapshot: state.snapshot() })
      const outcome = state.apply(last, { step, total: 100 })
      if (!outcome.ok || outcome.old === null || outcome.old === undefined) {
        expect({ groups, weights, snapshot: state.snapshot() }).toEqual(before)
        return
      }
      const inverse = last.op === 'enable' ? 'disable' : 'enable'
      const back: Op = { ...last, op: last.op === 'set_params' ? 'set_params' : inverse, params: outcome.old }
      expect(state.apply(JSON.parse(JSON.stringify(back)), { step, total: null })).toMatchObject({ ok: true })
      expect({ groups, weights, snapshot: state.snapshot() }).toEqual(before)
    }),
    { numRuns: 1500 },
  )
})

test('the folded payloads of a history give the live state and values, bit for bit', () => {
  fc.assert(
    fc.property(history, schedules, (acts, options) => {
      const live = trainer(options)
      const { applied, step } = play(live.state, acts)
      const fresh = trainer(options)
      expect(fresh.state.rehearse(applied)).toEqual([])
      expect(fresh.state.fold(applied, step)).toEqual([])
      expect(fresh.state.snapshot()).toEqual(live.state.snapshot())
      expect([fresh.groups, fresh.weights]).toEqual([live.groups, live.weights])
    }),
    { numRuns: 1500 },
  )
})

test('an op that fails leaves no trace, and no op throws', () => {
  const junk = fc.dictionary(
    fc.constantFrom('lr', 'ce', 'ramps.aux', 'terms.ce', 'betas', 'group', 'groups', 'key', 'value', 'scheduler_drop'),
    fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value))),
  )
  fc.assert(
    fc.property(history, junk, schedules, (acts, given, options) => {
      const { state, groups, weights } = trainer(options)
      const { step } = play(state, acts)
      const before = structuredClone({ groups, weights, snapshot: state.snapshot() })
      const outcome = state.apply(setOp(given), { step, total: 100 })
      if (!outcome.ok) expect({ groups, weights, snapshot: state.snapshot() }).toEqual(before)
      else expect(state.apply(setOp(outcome.payload ?? {}), { step, total: null })).toMatchObject({ ok: true })
    }),
    { numRuns: 1500 },
  )
})
