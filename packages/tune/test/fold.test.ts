import type { LedgerLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { storyOf } from '../src/index.ts'
import { openTuner } from '../src/node.ts'
import { ledger, own, runDir, storyAt } from './run-dir.ts'
import { train } from './training.ts'

test('a change by a person that a restart re-applies is judged once', () => {
  const dir = runDir()
  const observed = { dir, saveEvery: 50, modules: [openTuner(dir, { mode: 'observe' })] }
  train({
    ...observed,
    until: 145,
    isKilled: true,
    before: (step, kernel) => {
      if (step === 110) kernel.submit({ module: 'opt', op: 'set_params', params: { lr: 0.05 }, source: 'cli' })
    },
  })
  expect(storyAt(dir).watchedJudgements).toMatchObject([{ step: 110, key: 'lr' }])
  train({ ...observed, modules: [openTuner(dir, { mode: 'observe' })], until: 220 })
  expect(ledger(dir).some(({ of, op }) => of !== null && op === 'set_params')).toBe(true)
  expect(storyAt(dir).watchedJudgements).toHaveLength(1)
  expect(own(dir, 'judge')).toHaveLength(1)
})

/** Ledger lines. Fields that are not given do not matter to the tuner. */
function lines(...given: readonly Partial<LedgerLine>[]): LedgerLine[] {
  const rest = { attempt: null, of: null, cid: null, step: 100, epoch: null, source: 'tune', decision: 'applied' }
  const empty = { params: null, payload: null, old: null, error: null, author: null }
  return given.map((one, i) => ({ ...rest, ...empty, seq: i + 1, ...one }) as LedgerLine) // The fold reads these fields only.
}

const PROPOSED = {
  m: 'm_00001',
  knob: 'opt:lr_mult',
  module: 'opt',
  key: 'lr',
  mode: 'mult',
  value: 2,
  from: 0.1,
  to: 0.2,
}
const propose = (payload: object = {}): Partial<LedgerLine> => ({
  ...{
    module: 'tune',
    op: 'propose',
    payload: { ...PROPOSED, phase: 'mid', by: 'pattern', metric: 'loss', ...payload },
  },
})
const set = (m = 'm_00001'): Partial<LedgerLine> => ({
  ...{ module: 'opt', op: 'set_params', cid: `tune-${m}`, payload: { lr: 0.2 }, old: { lr: 0.1 } },
})
const judge = (decision: string, payload: object = {}): Partial<LedgerLine> => ({
  ...{ module: 'tune', op: 'judge', payload: { m: 'm_00001', decision, score: 0.1, z: 2, n: 1, ...payload } },
})
const core = (op: string, payload: object, more: Partial<LedgerLine> = {}): Partial<LedgerLine> => ({
  ...{ module: 'core', op, payload: payload as LedgerLine['payload'], ...more },
})
const states = (...given: readonly Partial<LedgerLine>[]) =>
  storyOf(lines(...given)).mutations.map(({ state }) => state)
const attempt = (n: number): Partial<LedgerLine> =>
  core('attempt', { n, token: 't', step: null, cut: false }, { source: 'kernel', step: null })

test('lines from a kernel that has lost the run directory are ignored', () => {
  const late = { ...judge('accepted'), attempt: 1 }
  expect(states(attempt(1), propose(), set(), late)).toEqual(['accepted'])
  expect(states(attempt(1), propose(), set(), attempt(2), late)).toEqual(['applied'])
})

test('a change is judged once: a second verdict changes nothing', () => {
  const story = storyOf(lines(propose(), set(), judge('accepted'), judge('rejected')))
  expect(story.mutations).toMatchObject([{ state: 'accepted', judgement: { decision: 'accepted' } }])
  expect([story.streak, story.records.length]).toEqual([0, 3])
})

test('a command without effect leaves its change in the same state', () => {
  expect(states(propose(), set(), { ...set(), decision: 'skipped_noop' })).toEqual(['applied'])
  expect(states(propose(), { ...set(), decision: 'expired', error: 'too late' })).toEqual(['failed'])
})

test('a freeze ends the open judgement, also in a replay and if only a refused op of the tuner reveals it', () => {
  const person = { source: 'cli' }
  expect(states(propose(), set(), core('freeze', { mode: 'prod' }, person))).toEqual(['void'])
  expect(states(propose(), set(), core('freeze', { mode: 'off' }, person))).toEqual(['applied'])
  for (const decision of ['ignored_freeze', 'ignored_replay'] as const) {
    const story = storyOf(lines(propose(), set(), { ...judge('accepted'), decision }))
    expect(story).toMatchObject({ isFrozen: true, mutations: [{ state: 'void' }] })
  }
})

test('a load by a person ends the open judgement; a load by the tuner does not', () => {
  const load = (source: string) => core('checkpoint', { action: 'load', tag: 'best', step: 50 }, { source })
  expect(states(propose(), set(), load('cli'))).toEqual(['void'])
  expect(states(propose(), set(), load('tune'))).toEqual(['applied'])
})

test('after a rollback, the last change and the last verdict count as if made at the step where the run continues', () => {
  const before = [propose(), set(), judge('accepted')]
  expect(storyOf(lines(...before))).toMatchObject({ changedStep: 100, judgedStep: 100 })
  const cut = core('attempt', { n: 2, token: 'b', step: 60, cut: true }, { source: 'kernel', step: null })
  expect(storyOf(lines(...before, cut))).toMatchObject({ changedStep: 59, judgedStep: 59 })
  const load = core('checkpoint', { action: 'load', tag: 'best', step: 40 }, { source: 'cli' })
  expect(storyOf(lines(...before, load))).toMatchObject({ changedStep: 39, judgedStep: 39 })
})

test('a run that starts over from step 0 loses the checkpoint of its last accepted change', () => {
  const good = core('checkpoint', { action: 'save', tag: 'tune-good', step: 90 })
  const cut = (step: number) => core('attempt', { n: 2, token: 'b', step, cut: true }, { source: 'kernel', step: null })
  expect(storyOf(lines(good, cut(95)))).toMatchObject({ hasGood: true, goodStep: 90 })
  expect(storyOf(lines(good, cut(0)))).toMatchObject({ hasGood: false })
})

test('only a change of the same control ends the judgement; the scale of a schedule counts as the same rate', () => {
  const change = (module: string, key: string): Partial<LedgerLine> => ({
    ...{ module, op: 'set_params', source: 'cli', step: 105, payload: { [key]: 1 }, old: { [key]: 2 } },
  })
  expect(states(propose(), set(), change('opt', 'lr'))).toEqual(['void'])
  expect(states(propose(), set(), change('opt', 'scheduler_scale'))).toEqual(['void'])
  expect(states(propose(), set(), change('opt', 'momentum'))).toEqual(['applied'])
  expect(states(propose(), set(), change('loss', 'lr'))).toEqual(['applied'])
  expect(storyOf(lines(propose(), set(), change('opt', 'momentum'))).isDisturbed).toBe(true)
})

test('an accepted change and `tune enable` both end the streak; a proposal in a later phase ends a pause', () => {
  const rejected = judge('rejected', { rest: 'mid' })
  expect(storyOf(lines(propose(), set(), rejected))).toMatchObject({ streak: 1, restingIn: 'mid' })
  const enabled = storyOf(lines(propose(), set(), rejected, { module: 'tune', op: 'enable', payload: { mode: 'active' } }))
  expect(enabled).toMatchObject({ streak: 0, restingIn: null })
  const same = storyOf(lines(propose(), set(), rejected, propose({ m: 'm_00002' })))
  expect(same).toMatchObject({ streak: 1, restingIn: 'mid' })
  const later = storyOf(lines(propose(), set(), rejected, propose({ m: 'm_00002', phase: 'late' })))
  expect(later).toMatchObject({ streak: 0, restingIn: null })
  expect(storyOf(lines(propose(), set(), rejected, propose({ m: 'm_00002' }), set('m_00002'), judge('accepted', { m: 'm_00002' }))).streak).toBe(0)
}) // biome-ignore format: more readable

test('a newer suggestion replaces the one that is waiting', () => {
  expect(states(propose({ status: 'suggested' }), propose({ m: 'm_00002', status: 'suggested' }))).toEqual(['lapsed', 'suggested'])
}) // biome-ignore format: more readable

test('going back to an accepted change marks it as bad; the next accepted change resets the count', () => {
  const back = { module: 'tune', op: 'rescue', payload: { kind: 'back', m: 'm_00001' } }
  const accepted = [propose(), set(), judge('accepted')]
  expect(storyOf(lines(...accepted, back, back))).toMatchObject({ backs: 2, mutations: [{ isRegretted: true }] })
  const more = [propose({ m: 'm_00002' }), set('m_00002'), judge('accepted', { m: 'm_00002' })]
  expect(storyOf(lines(...accepted, back, ...more)).backs).toBe(0)
})

test('the search for a rate ends if the trainer has no checkpoints or cannot load one', () => {
  const rung = { module: 'tune', op: 'rescue', payload: { kind: 'rung', module: 'opt', key: 'lr', rate: 1, first: 2, steps: 50, index: 0 } }
  expect(storyOf(lines(rung))).toMatchObject({ ladder: { index: 0 }, ladders: 1, canLoad: true })
  const failed: Partial<LedgerLine> = { ...core('checkpoint', {}), decision: 'failed', params: { action: 'load', tag: 'tune-start' }, error: 'no such checkpoint' }
  expect(storyOf(lines(rung, failed))).toMatchObject({ ladder: null, canLoad: false })
  const drop: Partial<LedgerLine> = { ...failed, params: { action: 'drop', tag: 'tune-pre' } }
  expect(storyOf(lines(rung, drop))).toMatchObject({ ladder: { index: 0 }, canLoad: true })
}) // biome-ignore format: more readable

test("a verdict on a person's change that is no longer watched is ignored", () => {
  const change = { module: 'opt', op: 'set_params', source: 'cli', payload: { lr: 0.2 }, old: { lr: 0.1 } }
  const verdict = (of: number) => ({
    module: 'tune',
    op: 'judge',
    payload: { of, decision: 'accepted', score: 0.1, z: 2 },
  })
  expect(storyOf(lines(change, verdict(1))).watchedJudgements).toMatchObject([{ seq: 1, decision: 'accepted' }])
  expect(storyOf(lines(change, change, verdict(1)))).toMatchObject({ watched: { seq: 2 }, watchedJudgements: [] })
  expect(storyOf(lines(change, verdict(1), verdict(1))).watchedJudgements).toHaveLength(1)
})
