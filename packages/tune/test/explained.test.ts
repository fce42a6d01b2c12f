import type { ControlDescription, Op } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { acceptCommand, rejectCommand } from '../src/answer.ts'
import { applyTuneOp } from '../src/apply-op.ts'
import { defaultRecipe, RATE_BOUNDS } from '../src/default-recipe.ts'
import { describeMutation, explainMutation } from '../src/explain.ts'
import { createTunerHistoryFold } from '../src/fold.ts'
import { readHorizon } from '../src/horizon.ts'
import { currentOf, isRateKey, knobsOf } from '../src/knob.ts'
import { chooseObjective, chooseTrainMetric } from '../src/objective.ts'
import { createPlan } from '../src/plan.ts'
import { readTuneRecipe } from '../src/recipe.ts'
import { nameProblem, settingOf, withSettings } from '../src/settings.ts'
import { createSight } from '../src/sight.ts'
import { statusOf } from '../src/status.ts'
import { EMPTY_STORY, type Judgement, type Mutation, waitingProblem } from '../src/story.ts'
import { familiesOf, summaryOf } from '../src/summary.ts'
import type { TunerOptions } from '../src/tuner.ts'
import { cidOf, mutationId, mutationOfCid } from '../src/words.ts'
import { applied, judged } from './view.ts'

const JUDGED: Judgement = {
  ...{ seq: 9, step: 60, decision: 'accepted', score: 0.1, z: 2, n: 1, bad: null, putBack: null, before: 1, now: 0.5 },
}
const TWIN = { metric: 'loss', difference: -0.5, low: -0.75, high: 0.25, pairs: 2, steps: 20, with: 0.5, without: 0.8 }

describe('a change in one line', () => {
  test.each<[Partial<Mutation>, string]>([
    [{ state: 'suggested' }, 'waiting for a person'],
    [{ state: 'declined' }, 'suggested, and rejected'],
    [{ state: 'asked' }, 'sent'],
    [{ state: 'applied' }, 'being judged'],
    [{ state: 'accepted' }, 'accepted'],
    [{ state: 'rejected' }, 'rejected'],
    [{ state: 'void', because: 'the run was frozen' }, 'not judged (the run was frozen)'],
    [{ state: 'failed', because: 'no such control' }, 'not applied (no such control)'],
    [{ state: 'lapsed' }, 'suggested, and never accepted'],
    [{ state: 'accepted', isRegretted: true }, 'accepted, but training later diverged'],
  ])('%j', (more, outcome) => {
    expect(describeMutation(applied(50, { from: 0.123_456, ...more }))).toBe(`m_00001  opt lr 0.1235 → 0.2: ${outcome}`)
  })
})

describe('why a change was tried and how it was judged', () => {
  const lines = (more: Partial<Mutation>) => explainMutation(applied(50, more)).slice(1)

  test('begins with the method that proposed it and the trend of the objective', () => {
    expect(lines({ appliedStep: null })).toEqual([
      'proposed at step 50, phase mid, by the pattern of first moves',
      'loss was falling by 0 per point on a log scale, with noise 0.05',
    ])
    expect(lines({ by: 'tpe', baseline: { scale: 2, u0: 0, r0: -0.5, s: 0.1 } })).toEqual([
      'proposed at step 50, phase mid, by TPE, based on what it has learned',
      'loss was rising by 0.5 per point in units of 2, with noise 0.1',
      'set at step 50',
    ])
    expect([lines({ by: 'random' })[0], lines({ by: 'someone' })[0]]).toEqual([
      'proposed at step 50, phase mid, by random choice',
      'proposed at step 50, phase mid, by someone',
    ])
  })

  test.each<[Partial<Judgement>, string[]]>([
    [
      {},
      [
        'accepted at step 60, after 1 point: loss 1 → 0.5',
        'score 0.1: the fall per point, less the fall expected from its trend; 2 times the noise',
      ],
    ],
    [
      { n: 3, before: null },
      [
        'accepted at step 60, after 3 points',
        'score 0.1: the fall per point, less the fall expected from its trend; 2 times the noise',
      ],
    ],
    [{ n: 0, score: null }, ['accepted at step 60, before its first point']],
    [{ z: null }, ['accepted at step 60, after 1 point: loss 1 → 0.5']],
    [
      { score: -0.1 },
      [
        'accepted at step 60, after 1 point: loss 1 → 0.5',
        'score -0.1: the fall per point, less the fall expected from its trend; 2 times the noise',
        'kept because the objective still falls: a higher rate is noisier at first and pays off only later',
      ],
    ],
    [
      { decision: 'rejected', score: -0.1, putBack: 'values' },
      [
        'rejected at step 60, after 1 point: loss 1 → 0.5',
        'score -0.1: the fall per point, less the fall expected from its trend; 2 times the noise',
        'reverted: the old value was set',
      ],
    ],
    [
      { decision: 'rejected', bad: 'nan', putBack: 'weights' },
      [
        'rejected at step 60, after 1 point: loss 1 → 0.5',
        'judged immediately: the loss was not finite',
        'reverted: the checkpoint from before the change was loaded',
      ],
    ],
    [
      { bad: 'divergence', n: 0 },
      ['accepted at step 60, before its first point', 'judged immediately: training diverged'],
    ],
    [
      { bad: 'worse', n: 0 },
      ['accepted at step 60, before its first point', 'judged immediately: the objective rose by more than the noise'],
    ],
    [
      { bad: 'anomaly', n: 0 },
      ['accepted at step 60, before its first point', 'judged immediately: the trainer reported an anomaly'],
    ],
    [{ bad: 'other', n: 0 }, ['accepted at step 60, before its first point', 'judged immediately: other']],
  ])('%j', (more, wanted) => {
    expect(lines({ judgement: { ...JUDGED, ...more } }).slice(3)).toEqual(wanted)
  })

  test('ends with the comparison to the same steps without it, or with why it is missing', () => {
    expect(lines({ judgement: JUDGED, twin: TWIN }).slice(4)).toEqual([
      'score 0.1: the fall per point, less the fall without the change; 2 times the noise',
      'loss after 20 steps: 0.5 with the change, 0.8 without it',
      'the change made it differ by -0.5 on a log scale (95 % interval -0.75 to +0.25); below 0 is better',
    ])
    expect(lines({ twinProblem: 'no copy' }).at(-1)).toBe('not judged against the same steps without it: no copy')
  })
})

test('the id of a change and the id of its command can be converted to each other', () => {
  expect([mutationId(7), cidOf('m_00007')]).toEqual(['m_00007', 'tune-m_00007'])
  expect(['tune-m_00007', 'm_00007', 'tune-m_x', 'xtune-m_1', 'tune-m_1x', null].map(mutationOfCid)).toEqual([
    ...['m_00007', null, null, null, null, null],
  ])
  const suggestion = applied(50, { state: 'suggested' })
  expect(acceptCommand(suggestion)).toEqual({
    ...{ module: 'opt', op: 'set_params', params: { lr: 0.2 }, expect: { lr: 0.1 }, cid: 'tune-m_00001' },
  })
  expect(rejectCommand(suggestion)).toEqual({ module: 'tune', op: 'reject', params: { m: 'm_00001' } })
  expect(waitingProblem(suggestion)).toBeNull()
  expect(waitingProblem(applied(50))).toBe('m_00001 is not waiting for a person; it is applied')
})

test.each([
  ['next_val_epoch_end', { kind: 'validation', every: 1 }],
  ['2 epochs', { kind: 'validation', every: 2 }],
  ['1 epoch', { kind: 'validation', every: 1 }],
  ['500 steps', { kind: 'steps', every: 500 }],
  ['1_step', { kind: 'steps', every: 1 }],
])('a point ends after %s', (text, horizon) => {
  expect(readHorizon(text)).toEqual({ ok: true, value: horizon })
})

test.each(['0 steps', '1.5 steps', 'x 5 steps', '5 steps x', '5  steps', '1234567890 steps', 'steps', ''])(
  'a point cannot end after %j',
  (text) => {
    expect(readHorizon(text)).toEqual({
      ok: false,
      reason: `must be next_val_epoch_end, \`500 steps\` or \`2 epochs\`, got ${JSON.stringify(text)}`,
    })
  },
)

describe('the metric that changes are judged by', () => {
  const read = readTuneRecipe({ objective: { primary: 'val/loss', backup_metrics: ['acc', 'f1'] } })
  if (!read.ok) throw new Error('must be read')
  const { recipe } = read
  const given = { isDerived: false, keyMetric: 'key' }

  test('is the primary metric of the recipe or its first backup, whatever separators the name has', () => {
    expect(chooseObjective(recipe, ['f1', 'val/loss', 'acc'], given)).toBe('val/loss')
    expect(chooseObjective(recipe, ['f1', 'val_loss', 'acc'], given)).toBe('val_loss')
    expect(chooseObjective(recipe, ['val-loss', 'val.loss', 'acc'], given)).toBe('acc')
    expect(chooseObjective(recipe, ['f1', 'key'], given)).toBe('f1')
    expect(chooseObjective(recipe, ['key', 'loss'], given)).toBeUndefined()
  })

  test('without a recipe, is the key metric, or else the most likely one', () => {
    const derived = { isDerived: true, keyMetric: 'key' }
    expect(chooseObjective(recipe, ['val/loss', 'key'], derived)).toBe('key')
    expect(chooseObjective(recipe, ['val_loss', 'x'], derived)).toBe('val_loss')
    expect(chooseObjective(recipe, ['val_loss', 'x'], { isDerived: true, keyMetric: null })).toBe('val_loss')
  })

  test('comes with the training loss, which reveals problems immediately', () => {
    expect(chooseTrainMetric(['x', 'loss', 'train/loss', 'train_loss'], 'x')).toBe('train_loss')
    expect(chooseTrainMetric(['loss', 'train/loss'], 'x')).toBe('train/loss')
    expect(chooseTrainMetric(['my_Train_total_loss', 'loss'], 'x')).toBe('loss')
    expect(chooseTrainMetric(['a', 'my_Train_total_loss'], 'x')).toBe('my_Train_total_loss')
    expect([chooseTrainMetric(['a'], 'x'), chooseTrainMetric(['a'], undefined)]).toEqual(['x', undefined])
  })
})

function control(param_key: string, more: Partial<ControlDescription> = {}): ControlDescription {
  const none = { min: null, max: null, step: null, log_base: null, choices: null, current: 0.5 }
  return { ...none, param_key, type: 'float', label: param_key, group: 'optimizer', state: 'untouched', ...more }
}

describe('knobs', () => {
  test('without a recipe are all decimal controls: the rate within half a decade, the others at medium risk', () => {
    const given = [
      control('lr'),
      control('scheduler_drop'),
      control('on', { type: 'bool' }),
      control('aux', { group: 'loss', type: 'log_float' }),
    ]
    const { actuators } = defaultRecipe(given)
    expect(Object.entries(actuators).map(([module, { keys }]) => [module, Object.keys(keys)])).toEqual([
      ['opt', ['lr', 'scheduler_drop']],
      ['loss', ['aux']],
    ])
    expect(actuators['opt']?.keys['lr']).toMatchObject({ bounds: RATE_BOUNDS, risk: 'low' })
    expect(actuators['loss']?.keys['aux']).toMatchObject({ bounds: [0.5, 2], risk: 'medium' })
    const scheduled = defaultRecipe([control('lr'), control('scheduler_scale'), control('scheduler_drop')])
    expect(Object.keys(scheduled.actuators['opt']?.keys ?? {})).toEqual(['lr'])
  })

  const knobs = (opt: object, controls: readonly ControlDescription[]) => {
    const read = readTuneRecipe({ actuators: { opt } } as never)
    if (!read.ok) throw new Error(read.problems[0]?.reason)
    return knobsOf(read.recipe, controls)
  }

  test('have the bounds in the recipe and those of their control', () => {
    const keys = { lr: { bounds: [0.5, 2], prior_center: 9, range: [0.01, 5], cooldown: 4, max_step_mult: 3 } }
    expect(knobs({ keys }, [control('lr', { min: 0.1, max: 10 })]).knobs).toMatchObject([
      {
        ...{ name: 'opt:lr_mult', module: 'opt', mode: 'mult', bounds: [0.5, 2], priorCenter: 2, cooldown: 4 },
        ...{ risk: 'low', maxStepMult: 3, range: [0.1, 5], isRate: true },
      },
    ])
    const mutations = { weight_decay_delta: { bounds: [-1, 1], prior_center: -9, risk: 'medium' } }
    expect(knobs({ mutations }, [control('weight_decay')]).knobs).toMatchObject([
      {
        ...{ name: 'opt:weight_decay_delta', mode: 'delta', priorCenter: -1, risk: 'medium', isRate: false },
        range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      },
    ])
  })

  test('that cannot be used are reported, or left out if they are switched off', () => {
    const keys = { lr: {}, on: {}, momentm: {}, zzzzzz: {}, wd: { risk: 'high' } }
    const controls = [
      control('on', { type: 'bool' }),
      control('momentum'),
      control('wd'),
      control('lr', { group: 'loss' }),
    ]
    const found = knobs({ keys }, controls)
    expect(found.knobs).toEqual([])
    expect(found.missing).toEqual([
      '`opt` has no control `lr`',
      '`opt` has `on`, which cannot be tuned because it is not a number',
      '`opt` has no control `momentm`: did you mean `momentum`?',
      '`opt` has no control `zzzzzz`',
    ])
    expect(knobs({ enabled: false, keys: { lr: {} } }, []).missing).toEqual([])
    expect(knobs({ keys: { n: {} } }, [control('n', { type: 'int' })]).knobs).toHaveLength(1)
  })

  test('have a value only while their control can be moved', () => {
    const [knob] = knobs({ keys: { lr: {} } }, [control('lr')]).knobs
    if (knob === undefined) throw new Error('one knob')
    const current = (more: Partial<ControlDescription>) => currentOf({ ...knob, control: { ...knob.control, ...more } })
    expect([
      current({}),
      current({ state: 'disabled' }),
      current({ ramp: { end: 1 } }),
      current({ ramp: null }),
    ]).toEqual([...[0.5, null, null, 0.5]])
    expect([current({ current: '1' }), current({ current: Number.NaN })]).toEqual([null, null])
    expect(['lr', 'scheduler_scale', 'momentum'].map(isRateKey)).toEqual([true, true, false])
  })
})

describe('settings of a recipe', () => {
  const document = { phases: { 'a.b': { end_frac: 0.5 } }, acceptance: { epsilon: 0.1 } }
  const read = readTuneRecipe(document)
  if (!read.ok) throw new Error('must be read')
  const { recipe } = read

  test('are found and set by dotted names, even if a key contains dots', () => {
    expect(settingOf(recipe, 'acceptance.epsilon')).toBe(0.1)
    expect(settingOf(recipe, 'phases.a.b.end_frac')).toBe(0.5)
    expect([settingOf(recipe, 'acceptance.none'), settingOf(recipe, 'acceptance.epsilon.more')]).toEqual([
      undefined,
      undefined,
    ])
    const set = withSettings(document, { 'phases.a.b.end_frac': 0.7, 'acceptance.most': 5, 'search.seed': 3 })
    expect(set.ok && set.value).toMatchObject({
      phases: { 'a.b': { end_frac: 0.7 } },
      acceptance: { epsilon: 0.1, most: 5 },
      search: { seed: 3 },
    })
    const restored = withSettings(document, { 'acceptance.epsilon': null })
    expect(restored.ok && restored.value.acceptance.epsilon).toBe(0.001)
    expect(withSettings(null, {}).ok).toBe(true)
  })

  test('that are invalid are refused in one line', () => {
    expect(withSettings(document, { 'acceptance.epsilon': -1, 'search.seed': 0.5 })).toEqual({
      ok: false,
      reason: '`search.seed` must be a whole number >= 0, got 0.5; `acceptance.epsilon` must be a number >= 0, got -1',
    })
    expect(nameProblem(recipe, 'acceptance.epsilon')).toBeNull()
    expect(nameProblem(recipe, 'actuators.opt.keys')).toBeNull()
    expect(nameProblem(recipe, 'acceptance.epsilom')).toBe(
      '`acceptance.epsilom` is not a tuner setting: did you mean `acceptance.epsilon`?',
    )
    expect(nameProblem(recipe, 'qqq')).toBe('`qqq` is not a tuner setting')
    expect(nameProblem(recipe, 'actuators.opt')).toMatch(/^`actuators\.opt` is not a tuner setting/)
  })
})

describe('an op of the tuner', () => {
  const ask = (op: string, more: object = {}, options: TunerOptions = {}, mutations: readonly Mutation[] = []) => {
    const plan = createPlan(options, createTunerHistoryFold())
    // The fields that the tuner reads.
    const asked = { module: 'tune', op, id: 'main', params: null, ...more } as unknown as Op
    return applyTuneOp(asked, { plan, story: { ...EMPTY_STORY, mutations }, status: () => 'the status' })
  }

  test('switches the mode and remembers the previous one', () => {
    expect(ask('enable')).toEqual({ ok: true, payload: { mode: 'active' }, old: { mode: 'off' } })
    expect(ask('enable', { params: { mode: 'suggest' } }, { mode: 'observe' })).toEqual({
      ...{ ok: true, payload: { mode: 'suggest' }, old: { mode: 'observe' } },
    })
    expect(ask('disable', {}, { mode: 'active' })).toEqual({ ok: true, payload: null, old: { mode: 'active' } })
    expect(ask('status')).toEqual({ ok: true, payload: { status: 'the status' } })
    for (const op of ['propose', 'judge', 'rescue'])
      expect(ask(op, { params: { m: 1 } })).toEqual({ ok: true, payload: { m: 1 } })
    expect(ask('judge')).toEqual({ ok: true, payload: null })
  })

  test.each<[string, object, string]>([
    ['enable', { mode: 'active' }, 'the mode belongs in `params`, as {"mode": "active"}'],
    [
      'enable',
      { params: { mode: 'actve' } },
      '`mode` must be off, observe, suggest, active, got "actve": did you mean `active`?',
    ],
    ['enable', { params: { mode: 5 } }, '`mode` must be off, observe, suggest, active, got 5'],
    [
      'enable',
      { params: { mode: 'replay' } },
      'there is no mode `replay`; replay a recipe from the run to repeat its changes without a tuner',
    ],
    ['reject', { params: { m: 'm_9' } }, 'the tuner has no change "m_9"'],
    ['reject', { params: { m: 'm_00001' } }, 'm_00001 is not waiting for a person; it is applied'],
    ['set', {}, '`set` needs a setting, such as acceptance.epsilon=0.01'],
    ['set', { params: { qqq: 1 } }, '`qqq` is not a tuner setting'],
    ['set', { params: { 'acceptance.epsilon': -1 } }, '`acceptance.epsilon` must be a number >= 0, got -1'],
    [
      'set',
      { params: { 'acceptance.twin': true } },
      '`acceptance.twin` needs a trainer that offers `evaluateFrom`, which this one does not',
    ],
    ['fly', {}, 'unknown_op: `fly`: the tuner has the ops enable, disable, set, status, reject'],
  ])('%s %j is refused', (op, more, error) => {
    expect(ask(op, more, {}, [applied(50)])).toEqual({ ok: false, error })
  })

  test('is refused while the recipe has problems, unless it switches the tuner off', () => {
    const broken = { problems: ['r.yaml:1: wrong', 'more'] }
    expect(ask('enable', {}, broken)).toEqual({ ok: false, error: 'its recipe cannot be used: r.yaml:1: wrong' })
    expect(ask('enable', { params: { mode: 'off' } }, broken)).toMatchObject({ ok: true, payload: { mode: 'off' } })
  })

  test('sets options and returns the previous values', () => {
    const params = { 'acceptance.epsilon': 0.5, 'actuators.opt.keys.lr.cooldown': 3 }
    expect(ask('set', { params })).toEqual({
      ...{ ok: true, payload: params, touched: Object.keys(params) },
      old: { 'acceptance.epsilon': 0.001, 'actuators.opt.keys.lr.cooldown': null },
    })
    expect(ask('set', { params: { 'acceptance.twin': true } }, { evaluateFrom: () => [] })).toMatchObject({ ok: true })
    expect(ask('reject', { params: { m: 'm_00001' } }, {}, [applied(50, { state: 'suggested' })])).toEqual({
      ...{ ok: true, payload: { m: 'm_00001' } },
    })
  })
})

describe('numbers about the work of a tuner', () => {
  const all = [
    judged(50, 'accepted', { value: 2 }),
    judged(60, 'accepted', { value: 4 }),
    judged(70, 'accepted', { value: 8, isRegretted: true }),
    judged(80, 'rejected', { judgement: { ...JUDGED, decision: 'rejected', score: null, putBack: 'weights' } }),
    judged(90, 'rejected', { knob: 'opt:wd_mult' }),
    applied(95, { appliedSeq: null }),
  ]
  const story = { ...EMPTY_STORY, mutations: all }

  test('families count how often moves were accepted, and have the median accepted value', () => {
    expect(familiesOf(story)).toEqual([
      { name: 'opt:lr_mult', judged: 4, accepted: 2, meanScore: expect.closeTo(0.1), center: 3 },
      { name: 'opt:wd_mult', judged: 1, accepted: 0, meanScore: -0.1, center: null },
    ])
    expect(familiesOf(EMPTY_STORY)).toEqual([])
  })

  test("the summary has hotcb 2's format", () => {
    expect(summaryOf(story, 'active', 500)).toEqual({
      total_mutations: 6,
      applied_mutations: 5,
      segments_by_decision: { accepted: 3, rolled_back: 1, rejected: 1 },
      win_rates: { 'opt:lr_mult': 0.5, 'opt:wd_mult': 0 },
      mean_scores: { 'opt:lr_mult': expect.closeTo(0.1), 'opt:wd_mult': -0.1 },
      accept_rate: 0.4,
      mode: 'active',
      total_steps: 500,
    })
    expect(summaryOf(EMPTY_STORY, 'off', null)).toMatchObject({
      total_mutations: 0,
      accept_rate: null,
      total_steps: null,
    })
  })

  test('the status shows what the tuner is doing and why', () => {
    const plan = (options: TunerOptions) => createPlan(options, createTunerHistoryFold())
    const sight = createSight()
    const status = (options: TunerOptions, more: object = {}) =>
      statusOf({ ...story, ...more }, { plan: plan(options), sight, because: 'it waits' })
    const suggestion = applied(99, { id: 'm_2', state: 'suggested' })
    expect(status({ mode: 'active', problems: [] }, { mutations: [...all, suggestion], streak: 2 })).toEqual({
      ...{ mode: 'active', objective: null, recipe: 'default', problems: [], frozen: false, mutations: 7 },
      ...{ open: 'm_00001', suggested: 'm_2', reject_streak: 2, resting_in: null, ladder: null, because: 'it waits' },
      families: [
        { name: 'opt:lr_mult', judged: 4, accepted: 2 },
        { name: 'opt:wd_mult', judged: 1, accepted: 0 },
      ],
    })
    const ladder = { index: 2, rungs: [{ index: 0, level: 1 }] }
    expect(status({}, { ladder, mutations: [] })).toMatchObject({
      ...{ open: null, suggested: null, ladder: { rung: 2, rungs: 1 }, because: 'it is off' },
    })
    expect(status({ mode: 'active' }, { isFrozen: true })).toMatchObject({ frozen: true, because: 'the run is frozen' })
    const read = readTuneRecipe(null)
    const recipe = read.ok ? { recipe: read.recipe, document: null } : undefined
    expect(status({ recipe, problems: ['wrong'] })).toMatchObject({
      ...{ mode: 'off', recipe: 'hotcb.tune.recipe.yaml', problems: ['wrong'] },
    })
  })
})
