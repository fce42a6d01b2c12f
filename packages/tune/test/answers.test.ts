import type { JsonObject, SubmittedOp } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { decide } from '../src/decide.ts'
import { dangerOf } from '../src/decide-rescue.ts'
import type { Ladder, TunerHistory } from '../src/story.ts'
import { applied, judged, type Scene, STILL, viewOf } from './view.ts'

// Complete answers of the tuner: these ops are in the ledger, where readers and a restart find them.
const answer = (scene: Scene) => decide(viewOf(scene))
const save = (tag: string) => ({ module: 'core', op: 'checkpoint', params: { action: 'save', tag } })
const drop = { module: 'core', op: 'checkpoint', params: { action: 'drop', tag: 'tune-pre' } }
const load = (tag: string, set: JsonObject, note: string) => ({
  ...{ module: 'core', op: 'checkpoint', params: { action: 'load', tag, set: { opt: set } }, note },
})
const own = (op: string, id: string, params: JsonObject) => ({ module: 'tune', op, id, params })
const lr = (to: number, from: number) => ({ module: 'opt', op: 'set_params', params: { lr: to }, expect: { lr: from } })
const knob = (fields: JsonObject = {}) => ({
  actuators: { opt: { keys: { lr: { bounds: [0.5, 2], cooldown: 0, ...fields } } } },
})

describe('a proposal', () => {
  const params = {
    ...{ m: 'm_00001', knob: 'opt:lr_mult', module: 'opt', key: 'lr', mode: 'mult', value: 2, from: 0.1, to: 0.2 },
    ...{
      phase: 'mid',
      by: 'pattern',
      metric: 'loss',
      event: null,
      scale: null,
      status: 'applied',
      r0: expect.closeTo(0),
    },
    ...{ u0: Math.log(0.5), s: expect.closeTo(0.150_797, 6) },
    context: { phase_bin: 'mid', loss: 0.5, reject_streak: 0, mutation_count: 0 },
  }

  test('consists of a checkpoint, a propose line and the command', () => {
    expect(answer({})).toEqual({
      ops: [save('tune-pre'), own('propose', 'm_00001', params), { ...lr(0.2, 0.1), cid: 'tune-m_00001' }],
      because: 'm_00001: lr 0.1 → 0.2',
    })
  })

  test('consists only of the propose line if a person must accept it', () => {
    expect(answer({ mode: 'suggest' })).toEqual({
      ops: [own('propose', 'm_00001', { ...params, status: 'suggested' })],
      because:
        'm_00001: lr 0.1 → 0.2 is suggested; answer with `hotcb tune accept m_00001` or `hotcb tune reject m_00001`',
    })
  })

  test.each<[string, Scene]>([
    ['the trainer cannot load checkpoints', { story: { canLoad: false } }],
    ['rejected changes are kept', { recipe: { ...knob(), acceptance: { rollback_on_reject: false } } }],
  ])('saves no checkpoint if %s', (_why, scene) => {
    expect(answer(scene)?.ops.map(({ op }) => op)).toEqual(['propose', 'set_params'])
  })

  test('has rounded values, and gives an objective that is not positive in units of the gain so far', () => {
    const points = STILL.map((value) => value - 1)
    const mutations = { lr_delta: { bounds: [-1, 1 / 3], cooldown: 0 } }
    const train = STILL.flatMap((value) => Array.from({ length: 10 }, () => value))
    const scene: Scene = { recipe: { actuators: { opt: { mutations } } }, points, train, story: { streak: 0 } }
    expect(answer(scene)?.ops[1]?.params).toEqual({
      ...{ ...params, knob: 'opt:lr_delta', mode: 'delta', value: 0.333_333, to: 0.433_333 },
      ...{ scale: 1.5, u0: -0.5 / 1.5, s: expect.closeTo(0.104_836, 6) },
      context: { phase_bin: 'mid', loss: -0.5, reject_streak: 0, mutation_count: 0 },
    })
  })

  test('counts the rejections and changes so far', () => {
    const story = { mutations: [judged(20, 'rejected')], streak: 1, judgedStep: 20 }
    expect(answer({ story })?.ops[1]?.params?.['context']).toMatchObject({ reject_streak: 1, mutation_count: 1 })
  })

  test('is sent again if its command was lost', () => {
    expect(answer({ story: { mutations: [applied(80, { state: 'asked', appliedStep: null })] } })).toEqual({
      ops: [{ ...lr(0.2, 0.1), cid: 'tune-m_00001' }],
      because: 'resending the command for m_00001',
    })
  })
})

describe('no proposal is made', () => {
  test.each<[string, Scene]>([
    [
      'it has paused after a rejection; it will resume in the next phase, or after `hotcb tune enable`',
      { story: { restingIn: 'mid', streak: 1 } },
    ],
    ['it is waiting after a rejection', { story: { streak: 1, judgedStep: 95 } }],
    ['it is waiting after 2 rejections in a row', { story: { streak: 2, judgedStep: 95 } }],
    [
      'none of its controls can be moved in a direction that this phase allows',
      { control: { state: 'disabled' }, mode: 'suggest' },
    ],
  ])('because %s', (because, scene) => {
    expect(answer(scene)).toEqual({ ops: [], because })
  })

  test('that could not be judged before the run ends, if a point is a number of steps', () => {
    // A change is made one step later and judged for three points of 20 steps.
    const recipe = { ...knob(), acceptance: { horizon: '20 steps' } }
    expect(answer({ recipe, total: 161 })?.because).toMatch(/^m_00001/)
    expect(answer({ recipe, total: 160 })?.because).toBe('the run will end before a change could be judged')
  })
})

/** A change at step 79, followed by the points at 89 and 99. */
const open = (first: number, second: number, story: Partial<TunerHistory> = {}, more: Scene = {}): Scene => ({
  points: [...STILL.slice(0, 8), first, second],
  story: { mutations: [applied(79)], hasPre: true, preStep: 80, ...story },
  ...more,
})

describe('a verdict', () => {
  const accepted = {
    ...{ m: 'm_00001', decision: 'accepted', score: 0.178_337, z: 5.044_15, n: 2, bad: null, put_back: null },
    ...{ before: 0.5, now: 0.35, horizon: 'next_val_epoch_end' },
  }
  const rejected = {
    ...{ ...accepted, decision: 'rejected', score: -0.131_182, z: -3.710_39, put_back: 'weights', now: 0.65 },
  }
  const judge = (params: JsonObject) => own('judge', 'm_00001', params)
  const kept = 'm_00001 (lr 0.1 → 0.2) accepted'

  test('accepted: the earlier checkpoint is deleted, and a new one is saved if rescue is on', () => {
    expect(answer(open(0.4, 0.35))).toEqual({ ops: [judge(accepted), drop, save('tune-good')], because: kept })
    const off = { recipe: { ...knob(), safety: { rescue: false } } }
    expect(answer(open(0.4, 0.35, {}, off))?.ops).toEqual([judge(accepted), drop])
    expect(answer(open(0.4, 0.35, { hasPre: false, canLoad: false }))?.ops).toEqual([judge(accepted)])
  })

  const late: Scene = { phase: { direction: 'down' } }
  const because = 'm_00001 (lr 0.1 → 0.2) rejected'

  test('rejected: the earlier checkpoint is loaded, or only the old value is set', () => {
    const back = { ...load('tune-pre', { lr: 0.1 }, 'reverting m_00001'), cid: 'tune-m_00001-load' }
    expect(answer(open(0.6, 0.65, {}, late))).toEqual({ ops: [judge(rejected), back], because })
    const set: SubmittedOp = { ...lr(0.1, 0.2), cid: 'tune-m_00001-back', note: 'reverting m_00001' }
    const values = judge({ ...rejected, put_back: 'values' })
    expect(answer(open(0.6, 0.65, { canLoad: false }, late))?.ops).toEqual([values, set, drop])
    expect(answer(open(0.6, 0.65, { hasPre: false }, late))?.ops).toEqual([values, set])
    const keep = { ...late, recipe: { ...knob(), acceptance: { rollback_on_reject: false } } }
    expect(answer(open(0.6, 0.65, { hasPre: false }, keep))?.ops).toEqual([judge({ ...rejected, put_back: null })])
  })

  test('rejected: the params that restore the old value come from the ledger', () => {
    const mutations = [applied(79, { old: { lr: 0.1, warmup: 3 } })]
    const [, back] = answer(open(0.6, 0.65, { mutations }, late))?.ops ?? []
    expect(back?.params).toEqual({ action: 'load', tag: 'tune-pre', set: { opt: { lr: 0.1, warmup: 3 } } })
    const [, plain] = answer(open(0.6, 0.65, { mutations: [applied(79, { old: null })] }, late))?.ops ?? []
    expect(plain?.params?.['set']).toEqual({ opt: { lr: 0.1 } })
  })

  test('states what was bad, and has no current value if it is not finite', () => {
    expect(answer(open(0.9, 0.95))?.ops[0]?.params).toMatchObject({
      decision: 'rejected',
      bad: 'divergence',
      now: 0.95,
    })
    const even = Array.from({ length: 100 }, () => 1)
    expect(answer(open(0.9, 0.95, {}, { train: even }))?.ops[0]?.params).toMatchObject({ bad: 'worse', n: 2 })
    const anomaly = { isAnomaly: true, train: even }
    expect(answer(open(0.4, 0.35, {}, anomaly))?.ops[0]?.params).toMatchObject({ bad: 'anomaly', put_back: 'weights' })
    const points = [...STILL.slice(0, 9), null]
    expect(answer(open(0, 0, {}, { points, train: even }))?.ops[0]?.params).toMatchObject({
      bad: 'nan',
      now: null,
      n: 1,
    })
    const first = { points: [], train: [1, null], story: { mutations: [applied(0)] } }
    expect(answer(first)?.ops[0]?.params).toMatchObject({ bad: 'nan', now: null, n: 0, score: null, z: null })
  })

  test('based on the same steps without the change contains the effect, or why it is missing', () => {
    const effect = {
      ...{
        metric: 'loss',
        difference: -0.512_345_678,
        low: -0.7,
        high: -0.3,
        pairs: 2,
        steps: 20,
        with: 0.35,
        without: 0.58,
      },
    }
    const twin = (one: typeof effect) => open(0.4, 0.35, {}, { twin: { kind: 'effect', effect: one } })
    expect(answer(twin(effect))?.ops[0]).toEqual(
      judge({ ...accepted, score: 0.256_173, z: 7.245_66, effect: { ...effect, difference: -0.512_346 } }),
    )
    expect(answer(twin(effect))?.problem).toBeUndefined()
    const problem = open(0.4, 0.35, {}, { twin: { kind: 'problem', problem: 'out of memory' } })
    expect(answer(problem)).toMatchObject({
      ops: [judge({ ...accepted, effect: null, effect_problem: 'out of memory' }), drop, save('tune-good')],
      problem: 'm_00001 was judged by trend and noise, not against the same steps without it: out of memory',
    })
    const none = answer(twin({ ...effect, difference: 0.01 }))
    expect(none).toEqual({
      ops: [],
      because: 'the effect of m_00001 is still unclear compared with the same steps without it',
    })
  })

  test.each<[string, Scene]>([
    ['m_00001 will be judged at the next point', { story: { mutations: [applied(99)] } }],
    ['the effect of m_00001 is still unclear after 2 points', open(0.52, 0.55)],
    ['waiting for a rerun of the same steps without m_00001', open(0.4, 0.35, {}, { twin: { kind: 'waiting' } })],
  ])('is not available yet: %s', (why, scene) => {
    expect(answer(scene)).toEqual({ ops: [], because: why })
  })

  test('in units of the gain so far shows the objective in its original units', () => {
    const points = [...STILL.slice(0, 8), 0.4, 0.35].map((value) => value - 1)
    const mutations = [applied(79, { baseline: { scale: 2, u0: -0.25, r0: 0, s: 0.05 } })]
    const train = STILL.flatMap((value) => Array.from({ length: 10 }, () => value))
    expect(answer(open(0, 0, { mutations }, { points, train }))?.ops[0]?.params).toMatchObject({
      before: -0.5,
      now: expect.closeTo(-0.65),
    })
  })
})

describe('a change by someone else', () => {
  const watched = { seq: 7, step: 79, module: 'opt', key: 'lr', source: 'cli' }
  const scene = (first: number, second: number): Scene =>
    open(first, second, { watched, mutations: [] }, { mode: 'observe' })

  test('is judged in a single line', () => {
    expect(answer(scene(0.25, 0.12))).toEqual({
      ops: [own('judge', 'seq-7', { of: 7, decision: 'accepted', score: 0.483_712, z: 3.859_31, n: 2, key: 'lr' })],
      because: 'the change that cli made to lr was an improvement',
    })
    expect(answer(scene(0.75, 0.9))).toMatchObject({
      ops: [{ params: { decision: 'rejected' } }],
      because: 'the change that cli made to lr was not an improvement',
    })
  })

  test('is not judged until the effect is clear', () => {
    expect(answer(scene(0.49, 0.4))).toEqual({
      ops: [],
      because: 'the effect of the change to lr is still unclear after 2 points',
    })
    expect(answer(open(0.5, 0.5, { watched: { ...watched, step: 99 }, mutations: [] }, { mode: 'observe' }))).toEqual({
      ...{ ops: [], because: 'the change to lr will be judged at the next point' },
    })
  })
})

const DIVERGED = [...Array.from({ length: 90 }, (_, i) => 2 / (1 + i / 10)), ...Array.from({ length: 10 }, () => 6)]
const WRONG = 'level 6; the best was 0.2062, from step 85'

describe('a rescue', () => {
  const scene = (story: Partial<TunerHistory>, more: Scene = {}): Scene => ({
    ...{ train: DIVERGED, total: 1000, story, ...more },
  })
  const good = { hasGood: true, goodStep: 50, hasStart: true, backs: 1 }

  test('returns to the last accepted change with half its rate, or, for another control, to the value before the change', () => {
    const because = `going back to the checkpoint from m_00001, with lr 0.05: ${WRONG}`
    const back = {
      kind: 'back',
      m: 'm_00001',
      module: 'opt',
      key: 'lr',
      value: 0.05,
      danger: 'divergence',
      because: WRONG,
    }
    expect(answer(scene({ ...good, mutations: [judged(50, 'accepted')] }))).toEqual({
      ops: [own('rescue', 'm_00001', back), load('tune-good', { lr: 0.05 }, because)],
      because,
    })
    const other = [judged(50, 'accepted', { key: 'momentum', knob: 'opt:momentum_set' })]
    expect(answer(scene({ ...good, mutations: other }))?.ops[0]?.params).toMatchObject({ key: 'momentum', value: 0.1 })
  })

  test('otherwise starts over, with a rate half a decade lower', () => {
    const because = 'going back to the start to try lr 0.0316228 for 40 steps'
    const rung = {
      ...{ kind: 'rung', module: 'opt', key: 'lr', rate: 0.1, first: 2, two_sided: false, steps: 40, index: 1 },
      ...{ value: 0.031_622_8, danger: 'divergence', because: WRONG },
    }
    expect(answer(scene({ hasStart: true }))).toEqual({
      ops: [own('rescue', 'ladder', rung), load('tune-start', { lr: 0.031_622_8 }, because)],
      because,
    })
    const flat = scene({ hasStart: true }, { points: [], train: Array.from({ length: 200 }, () => 2.3), total: 2000 })
    expect(answer(flat)?.ops[0]?.params).toMatchObject({ two_sided: true, danger: 'stuck', first: 2.3, index: 1 })
    const broken = scene({ hasStart: true }, { points: [], train: [1, 1, null, null, null] })
    expect(answer(broken)?.ops[0]?.params).toMatchObject({
      ...{ danger: 'nan', because: 'the loss was not finite 3 times in a row', steps: 50, first: 1 },
    })
  })

  test.each<[string, Scene]>([
    [
      'the trainer cannot go back to a checkpoint while it trains; stop it and restart it from a checkpoint',
      scene({ canLoad: false, hasStart: true }),
    ],
    ['going back to the start would cost 99 steps, so a person must decide', scene({})],
    ['the run has no learning rate to lower', scene({ hasStart: true }, { control: { state: 'disabled' } })],
    ['`safety.rescue` is off', scene({ hasStart: true }, { recipe: { ...knob(), safety: { rescue: false } } })],
  ])('is not carried out: %s', (why, given) => {
    expect(answer(given)).toEqual({ ops: [], because: `${WRONG}: ${why}` })
  })

  test('may cost 300 steps if the length of the run is unknown, otherwise 15 % of it', () => {
    const long = (length: number) => [
      ...Array.from({ length: length - 10 }, (_, i) => 2 / (1 + i / 10)),
      ...DIVERGED.slice(90),
    ]
    const kinds = (length: number, total: number | null) =>
      answer({ points: [], train: long(length), total, story: { hasStart: true } })?.ops.length
    expect([kinds(301, null), kinds(302, null)]).toEqual([2, 0])
    expect([kinds(151, 1000), kinds(152, 1000)]).toEqual([2, 0])
  })

  test('is not needed while training goes well', () => {
    expect(dangerOf(viewOf({}))).toBeNull()
  })
})

describe('a search for a rate', () => {
  const LADDER: Ladder = {
    ...{ module: 'opt', key: 'lr', rate: 1, first: 2, isTwoSided: false, steps: 50, rungs: [], index: 1 },
    ...{ isLoaded: true, isSettled: false },
  }
  const scene = (train: readonly (number | null)[], ladder: Partial<Ladder> = {}, more: Scene = {}): Scene => ({
    ...{ points: [], train, story: { ladder: { ...LADDER, ...ladder } }, isPoint: false, ...more },
  })
  const flat = (value: number, length = 50) => Array.from({ length }, () => value)

  test('lowers the rate by half a decade after each rung', () => {
    const because = 'going back to the start to try lr 0.1 for 50 steps'
    const rung = {
      ...{
        kind: 'rung',
        module: 'opt',
        key: 'lr',
        rate: 1,
        first: 2,
        two_sided: false,
        steps: 50,
        index: 2,
        value: 0.1,
      },
      done: { index: 1, level: 1 },
    }
    expect(answer(scene(flat(1)))).toEqual({
      ops: [own('rescue', 'ladder', rung), load('tune-start', { lr: 0.1 }, because)],
      because,
    })
  })

  test('settles one rung below the best', () => {
    const because = 'the search for a rate ended with lr 0.0316228'
    const rungs = [
      { index: 1, level: 2 },
      { index: 2, level: 0.2 },
    ]
    expect(answer(scene(flat(1.5), { index: 3, rungs }))).toEqual({
      ops: [
        own('rescue', 'ladder', { kind: 'settle', index: 3, value: 0.031_622_8, done: { index: 3, level: 1.5 } }),
        load('tune-start', { lr: 0.031_622_8 }, because),
      ],
      because,
    })
    // Within the range of the control.
    const bounded = scene(flat(1.5), { index: 3, rungs }, { control: { min: 0.05 } })
    expect(answer(bounded)?.ops[0]?.params).toMatchObject({ value: 0.05 })
    expect(answer(scene(flat(1.5), { index: 3, rungs, key: 'other' }))?.ops[0]?.params).toMatchObject({
      value: 0.031_622_8,
    })
  })

  test.each([
    // The median of the last fifteen losses.
    ['of 50 steps', 50, 50 - 8],
    // The median of at most half of them.
    ['of 8 steps', 8, 8 - 2.5],
  ])('uses the level at the end of a rung %s', (_name, steps, level) => {
    const train = Array.from({ length: steps }, (_, i) => i)
    expect(answer(scene(train, { steps }))?.ops[0]?.params?.['done']).toEqual({ index: 1, level })
  })
})
