import { type ControlDescription, type RecipeEntry, readCommand, readOverlay } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { fitRecipe, planReplay, previewReplay, queueRecipe, readRecipe, validateRecipe } from '../src/index.ts'

const lr = (step: number, value: number, event: string | null = null): RecipeEntry => ({
  at: { step, event },
  module: 'opt',
  op: 'set_params',
  id: 'main',
  params: { lr: value },
})

const control = (fields: Partial<ControlDescription>): ControlDescription => ({
  param_key: 'lr',
  type: 'log_float',
  label: 'lr',
  group: 'optimizer',
  min: 1e-7,
  max: 1,
  step: null,
  log_base: 10,
  choices: null,
  current: 0.1,
  state: 'untouched',
  ...fields,
})

describe('fitRecipe', () => {
  const run = {
    controls: [
      control({
        groups: [
          { name: 'body', value: 0.1 },
          { name: 'head', value: 0.1 },
        ],
      }),
      control({ param_key: 'betas', type: 'tuple', min: 0, max: 1 }),
      control({ param_key: 'decoder', type: 'float', group: 'loss', min: 0, max: 100 }),
      control({
        param_key: 'mode',
        type: 'choice',
        group: 'augment',
        choices: ['weak', 'strong'],
        min: null,
        max: null,
      }),
      control({ param_key: 'width', type: 'int', group: 'augment', min: 1, max: 9 }),
      control({ param_key: 'on', type: 'bool', group: 'augment', min: null, max: null }),
    ],
    modules: ['cb'],
  }
  const reasons = (entry: Partial<RecipeEntry>): unknown =>
    fitRecipe([{ ...lr(1, 0.1), ...entry }], run).map(({ reason }) => reason)

  test('accepts entries that match the run', () => {
    const fitting: Partial<RecipeEntry>[] = [
      {},
      { params: { lr: [0.1, 0.2] } },
      { params: { lr: '1e-4', group: 'head' } },
      { params: { lr: 0.5, groups: [0, 'head'] } },
      { params: { scheduler_scale: 3, scheduler_drop: 0.5 } },
      { params: { betas: [0.9, 0.99] } },
      { params: { key: 'lr', value: 0.5 } },
      { op: 'disable', params: { key: 'lr' } },
      { op: 'enable', params: null },
      { module: 'loss', params: { decoder_w: 3, 'ramps.decoder': { type: 'linear', steps: 9, end: 2 } } },
      { module: 'augment', params: { mode: 'weak', width: 3, on: false } },
      { module: 'cb', op: 'enable', id: 'probe', params: null },
      { module: 'core', op: 'stop', params: null },
    ]
    expect(fitting.map(reasons)).toEqual(fitting.map(() => []))
  })

  test('reports the field, the value and what would be valid for entries that do not match the run', () => {
    const cases: readonly (readonly [Partial<RecipeEntry>, string])[] = [
      [{ params: { lr: 3 } }, '`params.lr` must be between 1e-7 and 1, got 3'],
      [{ params: { lr: [0.1, 0] } }, '`params.lr` must be greater than 0, got 0'],
      [{ params: { lr: 'fast' } }, '`params.lr` must be a number, got "fast"'],
      [{ params: { lr: 0.1, group: 'tail' } }, '`params.group` must be one of body, head for `lr`, got "tail"'],
      [{ params: { lrr: 0.1 } }, '`params.lrr` is not a control of this run: did you mean `lr`?'],
      [
        { params: { momentum: 0.9 } },
        '`params.momentum` is not a control of this run: this run has lr, betas, decoder, mode, width, on',
      ],
      [{ params: { betas: 0.9 } }, '`params.betas` must be a list of numbers, got 0.9'],
      [
        { op: 'disable', params: { key: 'decodr' } },
        '`params.decodr` is not a control of this run: did you mean `decoder`?',
      ],
      [
        { op: 'disable', id: 'decodr', params: null },
        '`params.decodr` is not a control of this run: did you mean `decoder`?',
      ],
      [
        { op: 'enable', params: { keys: ['lr', 'betsa'] } },
        '`params.betsa` is not a control of this run: did you mean `betas`?',
      ],
      [{ module: 'augment', params: { mode: 'wild' } }, '`params.mode` must be one of "weak", "strong", got "wild"'],
      [{ module: 'augment', params: { width: 1.5 } }, '`params.width` must be a whole number, got 1.5'],
      [{ module: 'augment', params: { on: 1 } }, '`params.on` must be true or false, got 1'],
      [{ module: 'tune', op: 'enable', params: null }, '`module` "tune" does not exist in this run'],
    ]
    expect(cases.map(([entry]) => reasons(entry))).toEqual(cases.map(([, reason]) => [reason]))
  })

  test('assumes the modules that every run has, and checks others only against the list of modules', () => {
    const none = { controls: [control({})], modules: [] }
    const unlisted = { controls: [control({})] }
    const reasonsIn = (where: typeof none | typeof unlisted | null, entry: Partial<RecipeEntry>) =>
      fitRecipe([{ ...lr(1, 0.1), ...entry }], where).map(({ index, reason }) => [index, reason])
    const aux = { module: 'loss', params: { aux: 1 } }
    const unknown = '`params.aux` is not a control of this run: this run has lr'
    expect([reasonsIn(none, aux), reasonsIn(unlisted, aux)]).toEqual([[[0, unknown]], [[0, unknown]]])
    expect(reasonsIn({ controls: [], modules: [] }, {})[0]?.[1]).toContain('`params.lr` is not a control of this run')
    const strange = { module: 'strange', params: { x: 1 } }
    expect(reasonsIn(none, strange)).toEqual([[0, '`module` "strange" does not exist in this run']])
    expect([reasonsIn(unlisted, strange), reasonsIn(null, strange), reasonsIn(null, aux)]).toEqual([[], [], []])
  })

  test('finds relative values only for controls, in any notation', () => {
    const problem = (entry: Partial<RecipeEntry>) => fitRecipe([{ ...lr(1, 0.1), ...entry }], null)[0]?.reason
    const refusal = (key: string) => `\`params.${key}\` does not accept a relative value here, got {"mul":2}`
    expect(problem({ params: { momentum: 1, lr: { mul: 2 } } })).toBe(refusal('lr'))
    expect(problem({ params: { key: 'lr', value: { mul: 2 } } })).toBe(refusal('lr'))
    expect(problem({ module: 'augment', params: { width: { mul: 2 } } })).toBe(refusal('width'))
    expect(problem({ module: 'cb', id: 'a', params: { every: { mul: 2 } } })).toBeUndefined()
    expect(problem({ op: 'enable', params: { key: 'lr' } })).toBeUndefined()
  })

  test('is part of validation, by line, and of a preview, by entry', () => {
    const text = `${JSON.stringify(lr(7, 5))}\n\nrubbish\n${JSON.stringify({ ...lr(4, 0.5, 'val_epoch_end'), id: 'x' })}\n`
    expect(validateRecipe(text, { file: 'r.jsonl', run })).toEqual({
      entries: 2,
      problems: [
        { file: 'r.jsonl', line: 1, reason: '`params.lr` must be between 1e-7 and 1, got 5' },
        { file: 'r.jsonl', line: 3, reason: expect.stringMatching(/^expected one JSON object per line/) },
      ],
    })
    const read = readRecipe(text.replace('rubbish', ''), { file: 'r.jsonl' })
    const plan = read.ok ? planReplay(read.value, { stepOffset: 10 }) : read
    if (!plan.ok) throw new Error(plan.reason)
    expect(previewReplay(plan.value, run).map(({ entry, ...row }) => row)).toEqual([
      { step: 14, event: 'val_epoch_end', what: 'opt set_params x lr=0.5', origin: 'r.jsonl:4', problem: null },
      {
        step: 17,
        event: null,
        what: 'opt set_params lr=5',
        origin: 'r.jsonl:1',
        problem: '`params.lr` must be between 1e-7 and 1, got 5',
      },
    ])
  })
})

test('a plan leaves out entries that would end the replay, and notes this', () => {
  const core = (op: string): RecipeEntry => ({ at: { step: 1, event: null }, module: 'core', op, id: 'main' })
  const plan = planReplay([core('unfreeze'), core('stop'), lr(1, 0.1)], {
    overlay: {
      version: 1,
      patches: [
        {
          match: matchAll('cb'),
          drop: true,
          replace_params: null,
          transform_params: null,
          shift_step: null,
          insert: null,
        },
      ],
    },
  })
  expect(plan).toEqual({
    ok: true,
    value: {
      entries: [core('stop'), lr(1, 0.1)],
      origins: ['entry 2', 'entry 3'],
      notes: ['hotcb.adjust.yaml: `patches.0` matches no entry', 'entry 1: core unfreeze is not replayed'],
    },
  })
})

test('moving an entry also moves the start of its ramps', () => {
  const ramp = { type: 'linear', steps: 10, start: 0, end: 1, first_step: 8 }
  const entry = { ...lr(8, 1), module: 'loss', params: { 'ramps.kl': ramp, 'ramps.recon': null } }
  const plan = (stepOffset: number): unknown => {
    const planned = planReplay([entry], { stepOffset })
    return planned.ok && planned.value.entries.map(({ at, params }) => [at.step, params])
  }
  expect([plan(0), plan(5), plan(-20)]).toEqual([
    [[8, entry.params]],
    [[13, { 'ramps.kl': { ...ramp, first_step: 13 }, 'ramps.recon': null }]],
    [[0, { 'ramps.kl': { ...ramp, first_step: 0 }, 'ramps.recon': null }]],
  ])
})

test('an entry that hotcb 2 recorded at an unknown event does not wait for an event', () => {
  const plan = planReplay([lr(3, 1, 'unknown')])
  expect(plan.ok && plan.value.entries.map(({ at }) => at)).toEqual([{ step: 3, event: null }])
})

test('an entry without an event matches a patch for hotcb 2’s default event', () => {
  const left = (event: string | null, at_event: string): unknown => {
    const overlay = readOverlay({ patches: [{ match: { at_event }, drop: true }] })
    const plan = overlay.ok ? planReplay([lr(3, 1, event)], { overlay: overlay.value }) : overlay
    return plan.ok && plan.value.entries.length
  }
  expect([left(null, 'train_step_end'), left(null, 'val_epoch_end'), left('val_epoch_end', 'train_step_end')]).toEqual([
    0, 1, 1,
  ])
})

test('a queued entry requests only the resulting scale, because a command may set only one key of the rate', () => {
  const entry = { ...lr(4, 0.5), params: { lr: 0.5, scheduler_scale: 2, momentum: 0.9 } }
  expect(queueRecipe([entry])[0]?.params).toEqual({ scheduler_scale: 2, momentum: 0.9 })
})

test('a queued recipe consists of commands that every kernel can read, at their places', () => {
  const queued = queueRecipe([lr(4, 0.5, 'val_epoch_end'), lr(7, 0.2)])
  const read = queued.map((command) => readCommand(JSON.parse(JSON.stringify(command))))
  expect(read.map((one) => one.ok && [one.value.source, one.value.module, one.value.params, one.value.at])).toEqual([
    ['recipe', 'opt', { lr: 0.5 }, { step: 4, event: 'val_epoch_end' }],
    ['recipe', 'opt', { lr: 0.2 }, { step: 7 }],
  ])
})

function matchAll(module: string) {
  return {
    module,
    op: null,
    id: null,
    at_event: null,
    at_step: null,
    step_min: null,
    step_max: null,
    has_param: null,
    nth: null,
  }
}
