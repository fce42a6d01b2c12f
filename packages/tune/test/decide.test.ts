import { expect, test } from 'vitest'
import { decide } from '../src/decide.ts'
import type { Ladder } from '../src/story.ts'
import { applied, judged, type Scene, STILL, viewOf } from './view.ts'

const because = (scene: Scene): string | undefined => decide(viewOf(scene))?.because
const ops = (scene: Scene): string[] =>
  decide(viewOf(scene))?.ops.map(({ op, params }) => `${op} ${JSON.stringify(params?.['action'] ?? params?.['kind'] ?? params?.['decision'] ?? '')}`) ?? [] // biome-ignore format: more readable

test('it proposes at a point, in the modes suggest and active only', () => {
  expect(because({})).toBe('m_00001: lr 0.1 → 0.2')
  expect(because({ isPoint: false })).toBeUndefined()
  expect(because({ mode: 'observe' })).toBeUndefined()
  expect(because({ mode: 'suggest' })).toMatch(/^m_00001: lr 0.1 → 0.2 is suggested/)
})

test('before a proposal it waits for two points after the last change, and longer after rejections', () => {
  // Points are at the steps 9, 19, ..., 99.
  expect(because({ story: { changedStep: 85 } })).toMatch(/^m_00001/)
  expect(because({ story: { changedStep: 89 } })).toBe('it is waiting for two points after the last change')
  const waits = 'it is waiting after'
  expect(because({ story: { streak: 1, judgedStep: 85 } })).toMatch(/^m_00001/)
  expect(because({ story: { streak: 1, judgedStep: 89 } })).toMatch(waits)
  expect(because({ story: { streak: 2, judgedStep: 69 } })).toMatch(waits)
  expect(because({ story: { streak: 2, judgedStep: 59 } })).toMatch(/^m_00001/)
  expect(because({ story: { streak: 6, judgedStep: 19 } })).toMatch(/^m_00001/)
  expect(because({ story: { streak: 6, judgedStep: 29 } })).toMatch(waits)
  expect(because({ story: { restingIn: 'mid', streak: 4 } })).toMatch('it has paused after 4 rejections in a row')
  expect(because({ story: { restingIn: 'early' } })).toMatch(/^m_00001/)
})

test('it proposes nothing before the loss has fallen, near the end of the run, or while there is a problem', () => {
  const flat = Array.from({ length: 10 }, () => 2)
  expect(because({ points: flat, mode: 'suggest' })).toBe('the training loss has not fallen since the start')
  expect(because({ total: 132 })).toMatch(/^m_00001/)
  expect(because({ total: 130 })).toBe('the run will end before a change could be judged')
  expect(because({ isAnomaly: true })).toBe('the trainer reports an anomaly')
  expect(because({ isAnomaly: true, recipe: safety({ block_on_anomaly: false }) })).toMatch(/^m_00001/)
  const bad = { points: [...STILL.slice(0, 9), null], train: STILL.flatMap((one) => Array.from({ length: 10 }, () => one)) }
  expect(because(bad)).toBe('the loss is not finite')
  expect(because({ ...bad, recipe: safety({ block_on_nan: false }) })).toMatch(/^m_00001/)
}) // biome-ignore format: more readable

test('a proposal whose command was lost is sent again, with the same cid', () => {
  const asked = applied(80, { state: 'asked', appliedStep: null })
  expect(decide(viewOf({ story: { mutations: [asked] } }))?.ops).toMatchObject([
    { op: 'set_params', params: { lr: 0.2 }, cid: 'tune-m_00001' },
  ])
})

const KNOB = { actuators: { opt: { keys: { lr: { bounds: [0.5, 2], cooldown: 0 } } } } }
const safety = (fields: Record<string, boolean | number>) => ({ ...KNOB, safety: fields })
const acceptance = (fields: Record<string, boolean | number>) => ({ ...KNOB, acceptance: fields })

// Training diverges at the end of 100 steps.
const DIVERGED = [...Array.from({ length: 90 }, (_, i) => 2 / (1 + i / 10)), ...Array.from({ length: 10 }, () => 6)]
const ACCEPTED = judged(50, 'accepted')

test('when training diverges, it returns to the last accepted change, each time with half the rate, at most three times', () => {
  const back = { mutations: [ACCEPTED], hasGood: true, goodStep: 50, hasStart: true }
  const scene = (backs: number): Scene => ({ train: DIVERGED, total: 1000, story: { ...back, backs } })
  expect(ops(scene(0))).toEqual(['rescue "back"', 'checkpoint "load"'])
  const value = (backs: number) => decide(viewOf(scene(backs)))?.ops[0]?.params?.['value']
  expect([value(0), value(1), value(2)]).toEqual([0.1, 0.05, 0.025])
  expect(ops(scene(3))).toEqual(['rescue "rung"', 'checkpoint "load"'])
  // Going back costs more than 15 % of the run, and going back to the start would cost even more, so a person decides.
  expect(ops({ ...scene(0), total: 200 })).toEqual([])
  expect(because({ ...scene(0), total: 200 })).toMatch('so a person must decide')
  expect(ops({ ...scene(0), mode: 'suggest' })).not.toContain('rescue "back"')
})

test('without an accepted change it goes back to the start, at most twice and only if the run can afford it, and says what is missing', () => {
  const scene: Scene = { train: DIVERGED, total: 1000, story: { hasStart: true } }
  expect(ops(scene)).toEqual(['rescue "rung"', 'checkpoint "load"'])
  expect(ops({ ...scene, story: { hasStart: true, ladders: 2 } })).toEqual([])
  expect(ops({ ...scene, story: {} })).toEqual([])
  expect(ops({ ...scene, total: 600 })).toEqual([])
  expect(because({ ...scene, story: { canLoad: false } })).toMatch(
    'cannot go back to a checkpoint while it trains; stop it and restart it from a checkpoint',
  )
  expect(because({ ...scene, recipe: safety({ rescue: false }) })).toMatch('`safety.rescue` is off')
  expect(because({ ...scene, control: { state: 'disabled' } })).toMatch('the run has no learning rate to lower')
})

test('the third consecutive loss that is not finite is a problem', () => {
  const train = (count: number) => [...DIVERGED.slice(0, 90), ...Array.from({ length: count }, () => null)]
  const scene = (count: number): Scene => ({ points: STILL.slice(0, 9), train: train(count), total: 1000, isPoint: false, story: { hasStart: true } })
  expect(ops(scene(2))).toEqual([])
  expect(ops(scene(3))).toEqual(['rescue "rung"', 'checkpoint "load"'])
}) // biome-ignore format: more readable

const LADDER: Ladder = {
  ...{ module: 'opt', key: 'lr', rate: 1, first: 2, isTwoSided: false, steps: 50, rungs: [], index: 1 },
  ...{ isLoaded: true, isSettled: false },
}

test('a rung of the search for a rate ends after its steps or at the first loss that is not finite', () => {
  const scene = (length: number, ladder: Partial<Ladder> = {}): Scene => ({
    ...{
      points: [],
      train: Array.from({ length }, () => 1),
      story: { ladder: { ...LADDER, ...ladder } },
      isPoint: false,
    },
  })
  expect(ops(scene(49))).toEqual([])
  expect(ops(scene(50))).toEqual(['rescue "rung"', 'checkpoint "load"'])
  expect(ops(scene(50, { isLoaded: false }))).toEqual([])
  const broken = decide(viewOf({ ...scene(3), train: [1, 1, null] }))?.ops[0]
  expect(broken?.params).toMatchObject({ kind: 'rung', index: 2, value: 0.1, done: { index: 1, level: null } })
})

/** A change at step 79, followed by the points at 89 and 99. */
const open = (first: number, second: number, more: Scene = {}): Scene => ({
  ...{ points: [...STILL.slice(0, 8), first, second], story: { mutations: [applied(79)], hasPre: true, preStep: 80 } },
  ...more,
})
const verdict = (scene: Scene): unknown => decide(viewOf(scene))?.ops[0]?.params?.['decision']
const undone = (scene: Scene): unknown => decide(viewOf(scene))?.ops[0]?.params?.['put_back']

test('a raised rate gets more time only in a phase where rates may rise; any other control is judged at once', () => {
  const worse = open(0.52, 0.55)
  expect(verdict(worse)).toBeUndefined()
  expect(verdict({ ...worse, phase: { name: 'late', direction: 'down' } })).toBe('rejected')
  expect(verdict({ ...worse, phase: { direction: 'both' } })).toBe('rejected')
  expect(verdict(open(0.52, 0.55, { story: { mutations: [applied(79, { key: 'momentum' })] } }))).toBe('rejected')
  expect(verdict(open(0.4, 0.35))).toBe('accepted')
})

test('an anomaly rejects the open change between points, unless the recipe says otherwise', () => {
  const anomaly = open(0.4, 0.35, { isAnomaly: true, isPoint: false })
  expect(verdict(anomaly)).toBe('rejected')
  expect(verdict({ ...anomaly, recipe: safety({ block_on_anomaly: false }) })).toBeUndefined()
})

test('a change that breaks training is reverted even without `rollback_on_reject`; one that is only rejected is kept', () => {
  const keep = acceptance({ rollback_on_reject: false })
  const diverged = { ...open(0.5, 0.5), train: DIVERGED, recipe: keep }
  expect([verdict(diverged), undone(diverged)]).toEqual(['rejected', 'weights'])
  const late: Scene = { ...open(0.6, 0.65), phase: { direction: 'down' } }
  expect([verdict(late), undone(late)]).toEqual(['rejected', 'weights'])
  expect(undone({ ...late, recipe: keep })).toBeNull()
  expect(ops({ ...late, recipe: keep })).toEqual(['judge "rejected"', 'checkpoint "drop"'])
})

test('divergence that began before a change does not count against it', () => {
  const before = { ...open(0.4, 0.35), train: DIVERGED, isPoint: false }
  expect(verdict({ ...before, story: { mutations: [applied(98)] } })).toBe('rejected')
  expect(verdict({ ...before, story: { mutations: [applied(99)] } })).toBeUndefined()
})

test('weights are restored while the run has lost less than 15 % of its steps; after that, only the value is, with `expect`', () => {
  const late: Scene = { ...open(0.6, 0.65), phase: { direction: 'down' }, total: 1000 }
  const lost = (lostSteps: number): Scene => ({ ...late, story: { ...late.story, lostSteps } })
  expect([undone(lost(130)), undone(lost(131))]).toEqual(['weights', 'values'])
  const set = decide(viewOf(lost(131)))?.ops[1]
  expect(set).toMatchObject({ op: 'set_params', params: { lr: 0.1 }, expect: { lr: 0.2 }, cid: 'tune-m_00001-back' })
  expect(undone({ ...late, story: { ...late.story, hasPre: false } })).toBe('values')
})

test('the rejection that reaches the limit of the streak starts a pause', () => {
  const late: Scene = { ...open(0.6, 0.65), phase: { direction: 'down' } }
  const rest = (streak: number) =>
    decide(viewOf({ ...late, story: { ...late.story, streak } }))?.ops[0]?.params?.['rest']
  expect([rest(2), rest(3)]).toEqual([undefined, 'mid'])
})

test('a change by someone else is judged at a point and never reverted', () => {
  const watched = { seq: 7, step: 79, module: 'opt', key: 'lr', source: 'cli' }
  const scene: Scene = { ...open(0.25, 0.12), mode: 'observe', story: { watched } }
  expect(decide(viewOf(scene))?.ops).toMatchObject([{ op: 'judge', params: { of: 7, decision: 'accepted' } }])
  expect(decide(viewOf({ ...scene, isPoint: false }))).toBeNull()
})
