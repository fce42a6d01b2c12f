import { expect, test } from 'vitest'
import { beliefsOf, describeBelief, type Judgement, type Mutation, type TunerBelief } from '../src/index.ts'

function judged(number: number, to: number, decision: 'accepted' | 'rejected', more: Partial<Mutation> = {}): Mutation {
  const judgement: Judgement = {
    ...{ seq: 1, step: 1, decision, score: decision === 'accepted' ? 0.2 : -0.1, z: 1, n: 1, bad: null, putBack: null },
    ...{ before: 1, now: 1 },
  }
  return {
    ...{ id: `m_${number}`, number, seq: 1, step: 1, epoch: null, event: null, knob: 'opt:lr_mult', module: 'opt' },
    ...{ key: 'lr', mode: 'mult', value: to, from: 1, to, phase: 'mid', by: 'tpe', metric: 'loss', context: {} },
    ...{ baseline: { scale: null, u0: 0, r0: 0, s: 1 }, state: decision, appliedStep: 1, appliedSeq: 1, old: null },
    ...{ judgement, isRegretted: false, because: null, twin: null },
    ...more,
  } as Mutation // The functions under test read no other fields.
}

function believed(mutations: readonly Mutation[]): readonly TunerBelief[] {
  return beliefsOf({ mutations })
}

test('each knob and direction has its own belief, and changes that were not judged do not count', () => {
  const found = believed([
    judged(1, 2, 'accepted'),
    judged(2, 3, 'accepted'),
    judged(3, 0.5, 'rejected'),
    judged(4, 2, 'accepted', { judgement: null, state: 'void' }),
    judged(5, 2, 'rejected', { knob: 'opt:wd_mult' }),
  ])
  expect(found.map(({ knob, direction, judged: all, accepted }) => [knob, direction, all, accepted])).toEqual([
    ['opt:lr_mult', 'up', 2, 2],
    ['opt:lr_mult', 'down', 1, 0],
    ['opt:wd_mult', 'up', 1, 0],
  ])
  expect(found[0]?.meanScore).toBeCloseTo(0.2)
})

test('an accepted change counts as rejected if training diverged later', () => {
  expect(believed([judged(1, 2, 'accepted', { isRegretted: true })])).toMatchObject([{ judged: 1, accepted: 0 }])
})

test('the interval is that of a beta distribution, and narrows with more observations', () => {
  // Quantiles 0.05 and 0.95 of Beta(2, 1): the square roots of 0.05 and 0.95.
  const [one] = believed([judged(1, 2, 'accepted')])
  expect(one?.mean).toBeCloseTo(2 / 3)
  expect(one?.low).toBeCloseTo(Math.sqrt(0.05), 2)
  expect(one?.high).toBeCloseTo(Math.sqrt(0.95), 2)
  const many = Array.from({ length: 3000 }, (_, i) => judged(i, 2, i % 3 === 0 ? 'rejected' : 'accepted'))
  const [sure] = believed(many)
  expect([sure?.low, sure?.high].map((share) => Number(share?.toFixed(2)))).toEqual([0.65, 0.68])
  expect(one === undefined ? '' : describeBelief(one)).toBe(
    'opt:lr_mult up: 1 of 1 accepted; the next has a 67 % chance (22 to 97 %)',
  )
})
