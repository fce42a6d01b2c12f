import { type Json, type RecipeEntry, readOverlay } from '@hotcb/protocol'
import { parseYaml } from '@hotcb/protocol/yaml'
import { describe, expect, test } from 'vitest'
import { formatRecipe, placeMismatch, planReplay, type ReplayPlan, readReplay } from '../src/index.ts'

function entry(step: number, fields: Partial<RecipeEntry> = {}): RecipeEntry {
  return { at: { step, event: null }, module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.1 }, ...fields }
}

function plan(entries: readonly RecipeEntry[], patches: readonly object[] = [], stepOffset = 0): ReplayPlan {
  const overlay = readOverlay({ patches })
  const planned = overlay.ok ? planReplay(entries, { overlay: overlay.value, stepOffset }) : overlay
  if (!planned.ok) throw new Error(planned.reason)
  return planned.value
}

const paramsOf = ({ entries }: ReplayPlan) => entries.map(({ params }) => params)
const stepsOf = ({ entries }: ReplayPlan) => entries.map(({ at }) => at.step)

describe('a plan with an overlay', () => {
  const text = [
    'version: 1',
    'patches:',
    '  - match: { at_step: 1 }',
    '    replace_params: { lr: 5 }',
    '  - match: { at_step: 2 }',
    '    transform_params: { scale: { lr: 50, absent: 2 }, add: { b: 1, missing: 3 } }',
    '  - insert: { at: { step: 3 }, module: opt, op: set_params, params: { lr: 7 } }',
    '  - match: { at_step: 0 }',
    '    shift_step: 0',
    '',
  ].join('\n')
  const recipe = formatRecipe([entry(0), entry(1), entry(2, { params: { lr: 0.1, b: 1 } })])
  const read = readReplay({ recipe: { file: 'r.jsonl', text: recipe }, overlay: { file: 'a.yaml', text }, parseYaml })
  if (!read.ok) throw new Error(read.reason)
  const planned = read.value

  test('records which of its fields set which params', () => {
    expect(paramsOf(planned)).toEqual([{ lr: 0.1 }, { lr: 5 }, { lr: 5, b: 2 }, { lr: 7 }])
    expect(planned.adjusted).toEqual({
      file: 'a.yaml',
      text,
      fields: [
        {},
        { lr: 'patches.0.replace_params.lr' },
        { lr: 'patches.1.transform_params.scale.lr', b: 'patches.1.transform_params.add.b' },
        { lr: 'patches.2.insert.params.lr' },
      ],
    })
    expect(planned.origins).toEqual(['r.jsonl:1', 'r.jsonl:2', 'r.jsonl:3', 'a.yaml:7: `patches.2.insert`'])
  })

  test.each<[number, string | null, string]>([
    [0, 'lr', 'r.jsonl:1: too high'],
    [1, null, 'r.jsonl:2: too high'],
    [1, 'momentum', 'r.jsonl:2: too high'],
    [1, 'lr', 'a.yaml:4: `patches.0.replace_params.lr`: too high, in r.jsonl:2'],
    [2, 'lr', 'a.yaml:6: `patches.1.transform_params.scale.lr`: too high, in r.jsonl:3'],
    [2, 'b', 'a.yaml:6: `patches.1.transform_params.add.b`: too high, in r.jsonl:3'],
    [3, 'lr', 'a.yaml:7: `patches.2.insert.params.lr`: too high'],
    [3, null, 'a.yaml:7: `patches.2.insert`: too high'],
    [9, null, 'entry 10: too high'],
  ])('names the position of a mismatch in entry %i, parameter `%s`', (index, key, message) => {
    expect(placeMismatch(planned, { index, key, reason: 'too high' })).toBe(message)
  })

  test('that changes no params, or has no overlay, records no fields', () => {
    for (const one of [plan([entry(1)], [{ match: {}, shift_step: 3 }]), plan([entry(1)])]) {
      expect(one).not.toHaveProperty('adjusted')
      expect(placeMismatch(one, { index: 0, key: 'lr', reason: 'too high' })).toBe('entry 1: too high')
    }
  })

  test('uses the default name of the overlay file unless another one is given', () => {
    expect(plan([entry(1)], [{ match: {}, replace_params: { lr: 1 } }]).adjusted?.file).toBe('hotcb.adjust.yaml')
  })
})

describe('the notes of a plan', () => {
  test('list patches that match nothing or change nothing, and no others', () => {
    const patches = [
      { match: { at_step: 9 }, drop: true },
      { match: {} },
      { match: {}, shift_step: 0 },
      { match: {}, replace_params: {} },
      { match: {}, transform_params: {} },
      { match: {}, drop: true },
    ]
    expect(plan([entry(1)], patches).notes).toEqual([
      'hotcb.adjust.yaml: `patches.0` matches no entry',
      'hotcb.adjust.yaml: `patches.1` matches, but changes nothing',
    ])
  })

  test('list the kernel ops that a replay does not repeat', () => {
    const core = (op: string, action?: string) =>
      entry(1, { module: 'core', op, params: action === undefined ? null : { action, tag: 'a' } })
    const kept = [core('stop'), core('pause'), core('resume'), core('checkpoint', 'save'), core('checkpoint', 'load')]
    const other = entry(1, { module: 'augment', op: 'freeze', params: { action: 'drop' } })
    const planned = plan([...kept, core('freeze'), core('checkpoint', 'drop'), core('two\nlines'), other])
    expect(planned.entries).toEqual([...kept, other])
    expect(planned.notes).toEqual([
      'entry 6: core freeze is not replayed',
      'entry 7: core checkpoint drop is not replayed',
      expect.stringMatching(/^entry 8: core two.*lines is not replayed$/),
    ])
    expect(planned.notes.join('')).not.toContain('\n')
  })
})

describe('the order and the steps of a plan', () => {
  test('are by step; entries in a step keep their order in the recipe, with `end` entries last', () => {
    const end = (step: number, id: string) => entry(step, { id, at: { step, event: null, end: true } })
    const mixed = [end(2, 'a'), entry(3, { id: 'b' }), entry(2, { id: 'c' }), end(2, 'd'), entry(1, { id: 'e' })]
    expect(plan(mixed).entries.map(({ id }) => id)).toEqual(['e', 'c', 'a', 'd', 'b'])
    expect(plan(mixed, [{ match: { id: 'b' }, shift_step: -1 }]).entries.map(({ id }) => id)).toEqual([
      'e',
      'c',
      'b',
      'a',
      'd',
    ])
  })

  test('are shifted by the offset, never to a step before 0, except for the end of step -1', () => {
    const end = entry(4, { at: { step: 4, event: 'train_step_end', call: 1, end: true } })
    const call = entry(4, { at: { step: 4, event: 'train_step_end', call: 1 } })
    const at = (offset: number) => plan([end, call], [], offset).entries.map((one) => one.at)
    expect(at(0)).toEqual([call.at, end.at])
    expect(at(2)).toEqual([
      { step: 6, event: 'train_step_end' },
      { step: 6, event: 'train_step_end', end: true },
    ])
    expect(at(-20)).toEqual([
      { step: -1, event: 'train_step_end', end: true },
      { step: 0, event: 'train_step_end' },
    ])
  })

  test('move a ramp only if it records its first step', () => {
    const params = { 'ramps.a': { end: 1, first_step: 3 }, 'ramps.b': { end: 1 }, c: { first_step: 3 }, lr: 1 }
    const [moved] = paramsOf(plan([entry(3, { params })], [{ match: {}, shift_step: 2 }]))
    expect(moved).toEqual({ ...params, 'ramps.a': { end: 1, first_step: 5 } })
  })
})

test('each patch counts its matches from 0', () => {
  const entries = [1, 2, 3].map((step) => entry(step))
  expect(stepsOf(plan(entries, [{ match: { nth: 0 }, drop: true }]))).toEqual([2, 3])
  const twice = [
    { match: { nth: 1 }, drop: true },
    { match: { nth: 1 }, drop: true },
  ]
  expect(stepsOf(plan(entries, twice))).toEqual([1])
  expect(stepsOf(plan(entries, [{ match: { step_min: 2, nth: 1 }, drop: true }]))).toEqual([1, 2])
  expect(stepsOf(plan(entries, [{ match: { step_min: 2, step_max: 2 }, drop: true }]))).toEqual([1, 3])
})

test('a patch scales before it adds, and transforms each number in a list', () => {
  const transform_params = { scale: { x: 2 }, add: { x: 1 } }
  const transformed = (x: Json): unknown => {
    const overlay = readOverlay({ patches: [{ match: {}, transform_params }] })
    const planned = overlay.ok ? planReplay([entry(1, { params: { x } })], { overlay: overlay.value }) : overlay
    return planned.ok ? planned.value.entries[0]?.params?.['x'] : planned.reason
  }
  expect([transformed(3), transformed([1, [2]]), transformed([])]).toEqual([7, [3, [5]], []])
  for (const x of ['3', true, null, [1, '2'], { a: 1 }]) {
    expect(transformed(x)).toBe(
      `hotcb.adjust.yaml: \`patches.0.transform_params.scale.x\` does not result in a finite number for ${JSON.stringify(x)} in entry 1`,
    )
  }
})

describe('a recorded scheduler scale', () => {
  const recorded = { lr: 0.1, scheduler_scale: 0.5 }
  const rest = { lr: 0.1 }
  const both = { scheduler_drop: 0.5, scheduler_scale: 0.5 }

  test.each<[string, Readonly<Record<string, Json>>, object, Readonly<Record<string, Json>>]>([
    ['is kept if the rate stays', recorded, { replace_params: { lr: 0.1 } }, recorded],
    ['is kept if another value changes', recorded, { replace_params: { x: 1 } }, { ...recorded, x: 1 }],
    ['is kept if the entry is moved by 0 steps', recorded, { shift_step: 0 }, recorded],
    ['is dropped if the rate changes', recorded, { transform_params: { scale: { lr: 2 } } }, { lr: 0.2 }],
    ['is dropped if the entry is moved', recorded, { shift_step: 1 }, rest],
    ['is dropped if the drop changes', both, { replace_params: { scheduler_drop: 0.25 } }, { scheduler_drop: 0.25 }],
    [
      'is kept if the patch sets it',
      recorded,
      { replace_params: { scheduler_scale: 2 }, shift_step: 1 },
      { lr: 0.1, scheduler_scale: 2 },
    ],
    [
      'is kept if the patch scales it',
      recorded,
      { transform_params: { scale: { scheduler_scale: 2 } }, shift_step: 1 },
      { lr: 0.1, scheduler_scale: 1 },
    ],
    [
      'is kept if the patch adds to it',
      recorded,
      { transform_params: { add: { scheduler_scale: 1 } }, shift_step: 1 },
      { lr: 0.1, scheduler_scale: 1.5 },
    ],
    ['is kept if it was requested alone', { scheduler_scale: 0.5 }, { shift_step: 1 }, { scheduler_scale: 0.5 }],
  ])('%s', (_, params, patch, expected) => {
    expect(paramsOf(plan([entry(1, { params })], [{ match: {}, ...patch }]))).toEqual([expected])
  })

  test('is dropped because of one of several patches', () => {
    const patches = [
      { match: {}, shift_step: 1 },
      { match: {}, replace_params: { x: 1 } },
    ]
    expect(paramsOf(plan([entry(1, { params: recorded })], patches))).toEqual([{ lr: 0.1, x: 1 }])
    const named = [
      { match: {}, replace_params: { scheduler_scale: 3 } },
      { match: {}, replace_params: { lr: 9 } },
    ]
    expect(paramsOf(plan([entry(1, { params: recorded })], named))).toEqual([{ lr: 9, scheduler_scale: 3 }])
  })
})

test('an entry without params gets those of a patch, and still has none if it is only moved', () => {
  const bare = entry(1, { op: 'enable', params: null })
  expect(paramsOf(plan([bare], [{ match: {}, replace_params: { key: 'lr' } }]))).toEqual([{ key: 'lr' }])
  expect(plan([bare], [{ match: {}, shift_step: 2 }]).entries).toEqual([{ ...bare, at: { step: 3, event: null } }])
})

test('a replay is refused if its overlay or its recipe cannot be read', () => {
  const recipe = { file: 'r.jsonl', text: formatRecipe([entry(1)]) }
  const reason = (text: string, recipeText = recipe.text) => {
    const read = readReplay({ recipe: { ...recipe, text: recipeText }, overlay: { file: 'a.yaml', text }, parseYaml })
    return read.ok ? 'read' : read.reason
  }
  expect(reason('')).toBe('read')
  expect(reason('patches: 3\n')).toBe('a.yaml:1: `patches` must be a list, got 3')
  expect(reason('', '{}\n')).toBe('r.jsonl:1: `at` is missing: expected an object')
  expect(readReplay({ recipe: { file: 'r', text: '{}' }, overlay: null, parseYaml })).toMatchObject({ ok: false })
})
