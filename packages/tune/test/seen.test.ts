import type { ControlDescription, Env, JsonObject, LedgerLine, ModuleContext, SubmittedOp } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { createCourse } from '../src/course.ts'
import { createTunerHistoryFold } from '../src/fold.ts'
import { createTuner, type TunerOptions } from '../src/index.ts'
import { createPlan } from '../src/plan.ts'
import { readTuneRecipe } from '../src/recipe.ts'
import { createSight } from '../src/sight.ts'
import { EMPTY_STORY } from '../src/story.ts'
import { applied } from './view.ts'

const LR: ControlDescription = {
  ...{ param_key: 'lr', type: 'log_float', label: 'lr', group: 'optimizer', min: 0, max: 10, step: null, log_base: 10 },
  ...{ choices: null, current: 0.1, state: 'enabled' as ControlDescription['state'] },
}

const given = (document: JsonObject | null): NonNullable<TunerOptions['recipe']> => {
  const read = readTuneRecipe(document)
  if (!read.ok) throw new Error(read.problems[0]?.reason)
  return { recipe: read.recipe, document }
}
const planOf = (document: JsonObject | null, more: TunerOptions = {}) =>
  createPlan({ recipe: given(document), ...more }, createTunerHistoryFold())

describe("the course of a tuner's metrics", () => {
  const horizon = { kind: 'validation', every: 1 } as const
  const see = (
    course: ReturnType<typeof createCourse>,
    step: number,
    objective: number | null | undefined,
    isValidation = true,
  ) => course.see(step, { objective, train: undefined, isValidation }, horizon)

  test('ends a point only at a step where the objective was reported', () => {
    const course = createCourse()
    expect([see(course, 0, undefined), see(course, 1, 0.5, false), see(course, 2, undefined)]).toEqual([
      false,
      false,
      true,
    ])
    expect([course.points.value(), course.points.step(), course.unitSteps]).toEqual([0.5, 2, 2])
    expect(course.isPointBad).toBe(false)
  })

  test('counts consecutive losses that are not finite', () => {
    const course = createCourse()
    const loss = (step: number, train: number | null | undefined) => {
      course.see(step, { objective: undefined, train, isValidation: false }, horizon)
      return course.notFinite
    }
    expect([loss(0, null), loss(1, null), loss(2, undefined), loss(3, 1), loss(4, null)]).toEqual([1, 2, 2, 0, 1])
    expect(course.train.count).toBe(1)
  })

  test('measures the steps between validations, but not across a rollback', () => {
    const course = createCourse()
    const units = [4, 9, 7, 7, 17].map((step) => {
      see(course, step, 1)
      return course.unitSteps
    })
    expect(units).toEqual([null, 5, 5, 5, 10])
  })

  test('can change the sign of the objective only before its first value', () => {
    const course = createCourse()
    course.turn(-1)
    see(course, 0, 2)
    expect([course.points.sign, course.points.value()]).toEqual([-1, -2])
    course.turn(1)
    expect([course.points.sign, course.points.count]).toEqual([-1, 1])
  })

  test('is restored from a snapshot; missing and invalid fields count as not observed', () => {
    const course = createCourse()
    course.turn(-1)
    course.see(3, { objective: 2, train: null, isValidation: true }, { kind: 'validation', every: 2 })
    course.see(5, { objective: null, train: null, isValidation: false }, { kind: 'validation', every: 2 })
    const copy = createCourse()
    copy.restore(course.snapshot())
    expect(copy.snapshot()).toEqual(course.snapshot())
    expect(copy.snapshot()).toMatchObject({
      ...{ sign: -1, unit: [2], not_finite: 2, is_unit_bad: true, is_point_bad: false, units: 1 },
      ...{ last_point: 2, last_validation: 3, unit_steps: null },
    })
    const empty = createCourse().snapshot()
    const other = createCourse()
    other.restore({
      unit: 'x',
      not_finite: 'x',
      is_unit_bad: 1,
      is_point_bad: 1,
      units: null,
      last_point: 'x',
      unit_steps: 'x',
    })
    expect(other.snapshot()).toEqual(empty)
    other.restore({ unit: [1, 'x', null, 2], is_point_bad: true })
    expect(other.snapshot()).toMatchObject({ unit: [1, 2], is_point_bad: true, sign: 1 })
    for (const wrong of [null, 5, 'x', []]) other.restore(wrong)
    expect(other.snapshot()).toMatchObject({ unit: [1, 2], is_point_bad: true })
  })
})

const env = (step: number, metrics: Record<string, number | null>, more: object = {}): Env =>
  ({ step, metrics, ...more }) as Env

describe('the metrics that a tuner watches', () => {
  test('are chosen when a validation ends, and the training loss is a separate metric', () => {
    const sight = createSight()
    const plan = planOf(null, { recipe: undefined } as TunerOptions)
    expect(sight.see(env(0, { train_loss: 1 }), false, plan)).toBe(false)
    expect(sight.metric).toBeNull()
    expect(sight.see(env(1, { train_loss: 1, val_loss: 2 }), true, plan)).toBe(true)
    expect([sight.metric, sight.course.points.value(), sight.course.train.count]).toEqual(['val_loss', 2, 2])
    expect(sight.snapshot()).toMatchObject({ metric: 'val_loss', train: 'train_loss', names: [], steps: 2 })
  })

  test('are chosen after 50 steps without a validation, or after the number of steps in the horizon', () => {
    const chosenAt = (document: JsonObject) => {
      const sight = createSight()
      const plan = planOf(document)
      for (let step = 0; step < 70; step++) {
        sight.see(env(step, { 'val/loss': 1 }), false, plan)
        if (sight.metric !== null) return step
      }
      return null
    }
    expect(chosenAt({})).toBe(49)
    expect(chosenAt({ acceptance: { horizon: '10 steps' } })).toBe(9)
    expect(chosenAt({ objective: { primary: 'other' } })).toBeNull()
  })

  test('are negated if larger is better, and such an objective is not used as a loss', () => {
    const sight = createSight()
    const plan = planOf({ objective: { primary: 'acc', mode: 'max' } })
    sight.see(env(0, { acc: 0.5 }), true, plan)
    expect([sight.course.points.value(), sight.course.train.count]).toEqual([-0.5, 0])
    expect(sight.snapshot()).toMatchObject({ metric: 'acc', train: null })
    const derived = createSight()
    derived.see(env(0, { accuracy: 0.5 }), true, createPlan({ keyMetric: 'accuracy' }, createTunerHistoryFold()))
    expect(derived.course.points.sign).toBe(-1)
    const unknown = createSight()
    unknown.see(env(0, { width: 3 }), true, createPlan({}, createTunerHistoryFold()))
    expect([unknown.metric, unknown.course.points.sign, unknown.course.train.count]).toEqual(['width', 1, 1])
  })

  test('include the `loss` that the trainer reports: a value that is not finite counts regardless of the metric', () => {
    const losses = (step: Env) => {
      const sight = createSight()
      sight.see(step, false, planOf({}))
      return [sight.course.train.count, sight.course.notFinite, sight.course.train.value()]
    }
    expect(losses(env(0, { train_loss: 2 }, { loss: Number.NaN }))).toEqual([0, 1, Number.NaN])
    expect(losses(env(0, { train_loss: 2 }, { loss: 3 }))).toEqual([1, 0, 2])
    expect(losses(env(0, {}, { loss: 3 }))).toEqual([1, 0, 3])
    expect(losses(env(0, { train_loss: null }, { loss: 3 }))).toEqual([0, 1, Number.NaN])
    expect(losses(env(0, {}, { loss: 'x' }))).toEqual([0, 0, Number.NaN])
    expect(losses({ step: 0 } as Env)).toEqual([0, 0, Number.NaN])
  })

  test('are restored from a snapshot, and invalid fields count as not observed', () => {
    const sight = createSight()
    const plan = planOf({})
    sight.see(env(0, { a: 1, train_loss: 2 }), false, plan)
    const copy = createSight()
    copy.restore(sight.snapshot())
    expect(copy.snapshot()).toEqual(sight.snapshot())
    expect(copy.snapshot()).toMatchObject({ metric: null, train: 'train_loss', names: ['a', 'train_loss'], steps: 1 })
    copy.restore({ metric: 5, train: 5, names: ['b', 5], steps: 'x' })
    expect(copy.snapshot()).toMatchObject({ metric: null, train: null, names: ['b'], steps: 0 })
    copy.restore({ metric: 'val/loss', names: 5 })
    expect([copy.metric, copy.snapshot()]).toMatchObject(['val/loss', { metric: 'val/loss', names: [] }])
    copy.restore('x')
    expect(copy.metric).toBe('val/loss')
  })

  test('are part of the input for a decision, with the position in the run', () => {
    const sight = createSight()
    const plan = planOf({ actuators: { opt: { keys: { lr: {} } } } }, { mode: 'active' })
    const context = { total: 100, controls: [LR], runDir: '/run' } as unknown as ModuleContext
    const now = { story: EMPTY_STORY, plan, context, isPoint: true, isValidation: true, desk: null }
    const view = sight.view(env(80, {}, { epoch: 3, anomaly_critical: 1 }), now)
    expect(view).toMatchObject({
      ...{ mode: 'active', total: 100, isPoint: true, metric: '', step: 80, epoch: 3, event: 'val_epoch_end' },
      ...{ isAnomaly: true, phase: { name: 'late', direction: 'down' } },
    })
    expect(view.knobs.map(({ name }) => name)).toEqual(['opt:lr_mult'])
    expect(view.knobs).toBe(view.knobs)
    expect(view.twin(applied(50))).toEqual({ kind: 'none' })
    const other = sight.view(env(1, {}), { ...now, isValidation: false })
    expect([other.epoch, other.event, other.isAnomaly]).toEqual([null, null, false])
  })
})

describe('the plan of a tuner', () => {
  test('follows the settings in the ledger, and ignores one that is no longer valid', () => {
    const fold = createTunerHistoryFold()
    const plan = createPlan({ recipe: given({ acceptance: { epsilon: 0.5, horizon: '2 epochs' } }) }, fold)
    const set = (params: JsonObject, seq: number) =>
      fold.add({
        ...{ module: 'tune', op: 'set', decision: 'applied', seq, payload: params, attempt: null, of: null, cid: null },
      } as unknown as LedgerLine)
    expect([plan.recipe.acceptance.epsilon, plan.horizon, plan.isDerived]).toEqual([
      0.5,
      { kind: 'validation', every: 2 },
      false,
    ])
    set({ 'acceptance.epsilon': 0.25, 'acceptance.horizon': '9 steps' }, 1)
    expect(plan.recipe.acceptance.epsilon).toBe(0.5)
    plan.follow()
    expect([plan.recipe.acceptance.epsilon, plan.horizon]).toEqual([0.25, { kind: 'steps', every: 9 }])
    expect(plan.settings).toEqual({ 'acceptance.epsilon': 0.25, 'acceptance.horizon': '9 steps' })
    set({ 'acceptance.epsilon': -1 }, 2)
    plan.follow()
    expect(plan.recipe.acceptance.epsilon).toBe(0.25)
  })

  test('without a recipe is derived from the controls, and is off by default or if there is a problem', () => {
    const plan = createPlan({}, createTunerHistoryFold())
    expect([plan.isDerived, plan.mode, plan.keyMetric, plan.hasTwin, plan.problems]).toEqual([
      true,
      'off',
      null,
      false,
      [],
    ])
    expect(plan.knobs([LR]).knobs).toEqual([])
    plan.begin([LR])
    expect(plan.knobs([LR]).knobs.map(({ name }) => name)).toEqual(['opt:lr_mult'])
    const broken = createPlan(
      { mode: 'active', problems: ['wrong'], keyMetric: 'f1', evaluateFrom: () => [] },
      createTunerHistoryFold(),
    )
    expect([broken.mode, broken.keyMetric, broken.hasTwin]).toEqual(['off', 'f1', true])
    const own = createPlan({ recipe: given({}) }, createTunerHistoryFold())
    own.begin([LR])
    expect(own.knobs([LR]).knobs).toEqual([])
  })
})

describe("the tuner's kernel module", () => {
  function attached(options: TunerOptions, more: Partial<ModuleContext> = {}) {
    const submitted: SubmittedOp[] = []
    const said: string[] = []
    const written: string[] = []
    const files = {
      begin: (records: readonly unknown[]) => void written.push(`begin ${records.length}`),
      add: (records: readonly unknown[]) => void written.push(`add ${records.length}`),
    }
    const tuner = createTuner({ files, ...options })
    const context = {
      ...{ total: 100, controls: [LR], runDir: '/run', isCatchingUp: false, superseded: false },
      ...{ submit: (op: SubmittedOp) => void submitted.push(op), log: (line: string) => void said.push(line), ...more },
    } as unknown as ModuleContext
    tuner.attach?.(context)
    return { tuner, context, submitted, said, written }
  }

  test('begins in its mode, and saves the initial weights if it may go back to them', () => {
    const enable = (mode: string) => ({ module: 'tune', op: 'enable', params: { mode }, source: 'trainer' })
    const save = { module: 'core', op: 'checkpoint', params: { action: 'save', tag: 'tune-start' } }
    expect(attached({ mode: 'active' }).submitted).toEqual([enable('active'), save])
    expect(attached({ mode: 'suggest' }).submitted).toEqual([enable('suggest')])
    expect(attached({}).submitted).toEqual([])
    expect(attached({ mode: 'active', recipe: given({ safety: { rescue: false } }) }).submitted).toEqual([
      enable('active'),
    ])
    const broken = attached({ mode: 'active', problems: ['r.yaml:1: wrong'] })
    expect([broken.submitted, broken.said]).toEqual([[], ['tune: r.yaml:1: wrong']])
    const twin = { recipe: given({ acceptance: { twin: true } }) }
    expect(attached(twin).said).toEqual([
      'tune: `acceptance.twin` has no effect because this trainer does not offer `evaluateFrom`',
    ])
    expect(attached({ ...twin, evaluateFrom: () => [] }).said).toEqual([])
  })

  test('writes its files when the run begins, and reports if they cannot be written', () => {
    const one = attached({ mode: 'observe' })
    expect(one.written).toEqual(['begin 0'])
    one.tuner.close?.()
    expect(one.written).toEqual(['begin 0'])
    expect(attached({}, { superseded: true }).written).toEqual([])
    const broken = {
      begin: () => {
        throw new Error('disk full')
      },
      add: () => undefined,
    }
    expect(attached({ files: broken }).said).toEqual(['tune: its files cannot be written: disk full'])
  })

  test('reports why it does nothing, and proposes at a point', () => {
    const { tuner, context, submitted, said } = attached({
      mode: 'active',
      recipe: given({
        objective: { primary: 'loss' },
        actuators: { opt: { keys: { lr: { bounds: [0.5, 2] } } } },
        phases: { mid: {} },
      }),
    })
    const status = () => (tuner.status?.() ?? null) as { because?: string; objective?: string; mode?: string } | null
    expect(status()).toMatchObject({
      mode: 'active',
      objective: null,
      because: 'it is waiting for the first value of its objective',
    })
    expect([tuner.name, tuner.listens?.()]).toEqual(['tune', ['val_epoch_end', 'eval_end']])
    const values = [2, 2, 1.9, 1.5, 1, 0.7, 0.5, 0.5]
    submitted.length = 0
    for (const [step, loss] of values.entries()) {
      tuner.onEvent?.('val_epoch_end', { step } as never, context)
      tuner.onSafePoint?.(env(step, { loss }), context)
      if (step === 0)
        expect(status()).toMatchObject({
          objective: 'loss',
          because: 'it is waiting for two points after the last change',
        })
    }
    expect(submitted.map(({ op }) => op).slice(0, 3)).toEqual(['checkpoint', 'propose', 'set_params'])
    expect(said[0]).toBe('tune: m_00001: lr 0.1 → 0.2')
    const before = submitted.length
    tuner.onSafePoint?.(env(9, { loss: 0.5 }), { ...context, isCatchingUp: true })
    tuner.onEvent?.('epoch_end', { step: 10 } as never, context)
    tuner.onSafePoint?.(env(10, {}), context)
    expect(submitted).toHaveLength(before)
    const saved = tuner.snapshot?.() ?? null
    tuner.reset?.()
    expect(status()).toMatchObject({ objective: null })
    tuner.restore?.(saved)
    expect(status()).toMatchObject({ objective: 'loss' })
  })
})
