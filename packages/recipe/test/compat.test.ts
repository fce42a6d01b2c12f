import type { Json, JsonObject, LedgerLine, RecipeEntry } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { compatible } from '../src/compat.ts'
import { exportRecipe, historyOf } from '../src/index.ts'
import { attempt, line, set } from './lines.ts'

/** Returns the recipe for hotcb 2 from some lines after an attempt line. */
function forTwo(...lines: readonly LedgerLine[]) {
  const exported = exportRecipe([attempt(1, 1, null), ...lines], { compat: true })
  if (!exported.ok) throw new Error(exported.reason)
  return exported.value
}

const paramsOf = (params: JsonObject, old: JsonObject | null = null) => {
  const { entries, notes } = forTwo(set(2, 3, params, { old }))
  return [entries.map((entry) => entry.params), notes.map((note) => note.replace(/^step 3, seq 2: /, ''))]
}

const nothingLike = (key: string) => `\`${key}\` is left out: hotcb 2 has no equivalent`

describe('for hotcb 2 the values of an entry', () => {
  test.each<[string, JsonObject, readonly JsonObject[], readonly string[]]>([
    ['keep a single number', { lr: 0.1, momentum: 0.9 }, [{ lr: 0.1, momentum: 0.9 }], []],
    ['omit a switch', { 'terms.a': true, a: 1 }, [{ a: 1 }], [nothingLike('terms.a')]],
    ['omit a ramp', { 'ramps.a': null, a: 1 }, [{ a: 1 }], [nothingLike('ramps.a')]],
    ['omit a drop', { scheduler_drop: 0.5 }, [], [nothingLike('scheduler_drop')]],
    ['omit a scale', { scheduler_scale: 0.5 }, [], [nothingLike('scheduler_scale')]],
    ['omit the scale next to its rate without a note', { lr: 1, scheduler_scale: 0.5 }, [{ lr: 1 }], []],
    [
      'keep names that only look alike',
      { xterms: 1, 'a.ramps.b': 2, scheduler_scale2: 3, my_scheduler_drop: 4, terms: 5 },
      [{ xterms: 1, 'a.ramps.b': 2, scheduler_scale2: 3, my_scheduler_drop: 4, terms: 5 }],
      [],
    ],
    [
      'become one value if all groups have the same',
      {
        lr: [2, 2],
        betas: [
          [0.9, 0.99],
          [0.9, 0.99],
        ],
      },
      [{ lr: 2, betas: [0.9, 0.99] }],
      [],
    ],
    ['keep a tuple as a list', { betas: [0.9, 0.9], size: [3, 3] }, [{ betas: [0.9, 0.9], size: [3, 3] }], []],
    ['keep a decay above 0', { weight_decay: 0.01, x: 0 }, [{ weight_decay: 0.01, x: 0 }], []],
    [
      'omit a decay of 0',
      { weight_decay: [0, 0] },
      [],
      ['`weight_decay` 0 is left out: hotcb 2 accepts only values above 0'],
    ],
    ['are not limited by null', { lr: 1, group: null }, [{ lr: 1, group: null }], []],
    [
      'are omitted if limited to one group',
      { lr: 1, group: 0 },
      [],
      ['left out because it is limited to `group`: hotcb 2 sets every parameter group'],
    ],
    [
      'are omitted if limited to several groups',
      { lr: 1, groups: ['a'] },
      [],
      ['left out because it is limited to `groups`: hotcb 2 sets every parameter group'],
    ],
  ])('%s', (_, params, expected, notes) => {
    expect(paramsOf(params)).toEqual([expected, notes])
  })

  test.each<[string, Json]>([
    ['lr', [1, 2]],
    ['momentum', [1, 2]],
    ['clip_norm', [1, 2]],
    [
      'betas',
      [
        [0.9, 0.99],
        [0.8, 0.99],
      ],
    ],
  ])('are omitted if they differ between groups: %s', (key, value) => {
    const shown = JSON.stringify(value)
    expect(paramsOf({ [key]: value })).toEqual([
      [],
      [`\`${key}\` is left out: hotcb 2 sets one value for every parameter group, got ${shown}`],
    ])
  })

  test.each<[string, JsonObject | null, string]>([
    ['aux_w', { aux: 1 }, 'aux'],
    ['aux_w', { aux_w: 1 }, 'aux_w'],
    ['aux_w', { other: 1 }, 'aux_w'],
    ['aux_w', null, 'aux_w'],
    ['my_wide_w', { my_wide: 1 }, 'my_wide'],
    ['my_wide', { myide: 1 }, 'my_wide'],
  ])('use the weight\u2019s own name: `%s`, whose old value is %j, becomes `%s`', (key, old, name) => {
    expect(paramsOf({ [key]: 2 }, old)).toEqual([[{ [name]: 2 }], []])
  })
})

describe('for hotcb 2 an entry', () => {
  test('has no `call` and no seq, and an event', () => {
    const { entries } = forTwo(set(2, 3, { lr: 1 }, { event: null, call: 2 }), set(3, 4, { lr: 2 }, { event: 'epoch' }))
    expect(entries.map(({ at, ...rest }) => [at, 'seq' in rest])).toEqual([
      [{ step: 3, event: 'train_step_end' }, false],
      [{ step: 4, event: 'epoch' }, false],
    ])
  })

  test('before step 0 is written at step 0, with a note; one at step 0 needs none', () => {
    const { entries, notes } = forTwo(set(2, -1, { lr: 1 }, { end: true }), set(3, 0, { lr: 2 }))
    expect(entries.map(({ at, params }) => [at.step, params])).toEqual([
      [0, { lr: 1 }],
      [0, { lr: 2 }],
    ])
    expect(notes).toEqual([
      'step -1, seq 2: hotcb 2 cannot apply anything before step 0: it is written at step 0, and takes effect one step late',
    ])
  })

  test('of an unknown module goes to `opt` if it sets a control, and is left out otherwise', () => {
    const { entries, notes } = forTwo(
      set(2, 3, { strength: 2 }, { module: 'augment' }),
      set(3, 4, { aux: 2 }, { module: 'loss' }),
      line(4, 5, { module: 'ctl', op: 'call', id: 'shuffle', payload: { args: [] } }),
    )
    expect(entries.map(({ module, params }) => [module, params])).toEqual([
      ['opt', { strength: 2 }],
      ['loss', { aux: 2 }],
    ])
    expect(notes).toEqual([
      'step 3, seq 2: module `augment` is written as `opt`',
      'step 5, seq 4: ctl call is left out: hotcb 2 has no equivalent',
    ])
  })

  test('that enables or disables has one key; several keys become several entries', () => {
    const { entries, notes } = forTwo(
      line(2, 3, { op: 'enable', payload: { key: 'lr' } }),
      line(3, 4, { op: 'disable', payload: { keys: ['lr', 'ramps.a', 'betas'] } }),
      line(4, 5, { op: 'disable', payload: { keys: [] } }),
    )
    expect(entries.map(({ at, op, params }) => [at.step, op, params])).toEqual([
      [3, 'enable', { key: 'lr' }],
      [4, 'disable', { key: 'lr' }],
      [4, 'disable', { key: 'betas' }],
    ])
    expect(notes).toEqual([`step 4, seq 3: ${nothingLike('ramps.a')}`])
  })

  test('from an edited recipe may lack a seq, params or string keys, which a ledger line always has', () => {
    const history = historyOf([attempt(1, 1, null), set(2, 3, { lr: 1 })]).entries
    const entry = (fields: Partial<RecipeEntry>): RecipeEntry => ({
      at: { step: 1, event: null },
      module: 'opt',
      op: 'set_params',
      id: 'main',
      ...fields,
    })
    const words = (fields: Partial<RecipeEntry>) => compatible(history, [entry(fields)], ['a note before'])
    expect(words({ params: { scheduler_drop: 1 } }).notes).toEqual([
      'a note before',
      'step 1, seq ?: `scheduler_drop` is left out: hotcb 2 has no equivalent',
    ])
    expect(words({ params: null }).entries).toEqual([])
    expect(words({ op: 'enable', params: { keys: ['a', 3] } }).entries.map(({ params }) => params)).toEqual([
      { key: 'a' },
    ])
    expect(words({ op: 'enable', params: { key: 3 } }).entries).toEqual([])
  })
})

describe('for hotcb 2 a callback', () => {
  const loads = (target: JsonObject, more: Partial<LedgerLine> = {}) =>
    line(2, 1, { module: 'cb', op: 'load', id: 'a', payload: { target, enabled: true }, ...more })

  test.each<[boolean, string, string]>([
    [true, 'python_file', 'anything'],
    [true, 'module', 'mine.probes'],
    [false, 'module', '@mine/probes'],
    [false, 'module', './probes'],
    [false, 'module', '/probes'],
    [false, 'module', 'mine/probes'],
    [false, 'module', 'node:fs'],
    [true, 'file', 'probe.py'],
    [false, 'file', 'probe.py.ts'],
    [false, 'file', 'mine.probes'],
    [false, 'file', 'probe.ts'],
  ])('is kept (%s) if it is Python: a %s at `%s`', (isKept, kind, path) => {
    const { entries, notes } = forTwo(loads({ kind, path, symbol: 'A' }))
    expect([entries.length, notes.length]).toEqual(isKept ? [1, 0] : [0, 1])
  })

  const python = { kind: 'python_file', path: 'a.py', symbol: 'A' }
  const act = (seq: number, op: string, payload: JsonObject = {}) =>
    line(seq, seq, { module: 'cb', op, id: 'a', payload })
  const shape = ({ op, enabled, params }: RecipeEntry) => [op, enabled, params]

  test('gets its initial parameters after its load', () => {
    const { entries } = forTwo(loads(python, { params: { params: { every: 3 } } }), act(3, 'set_params', { word: 'x' }))
    expect(entries.map(shape)).toEqual([
      ['load', true, undefined],
      ['set_params', undefined, { every: 3 }],
      ['set_params', undefined, { word: 'x' }],
    ])
  })

  test('that was enabled, disabled or unloaded before its load gets its enabled state from the load', () => {
    const { entries } = forTwo(
      act(2, 'disable'),
      act(3, 'unload'),
      line(4, 4, { module: 'cb', op: 'load', id: 'a', payload: { target: python } }),
      act(5, 'disable'),
      act(6, 'enable'),
      act(7, 'unload'),
      line(8, 8, { module: 'cb', op: 'load', id: 'a', payload: { target: python } }),
    )
    expect(entries.map(shape)).toEqual([
      ['disable', undefined, undefined],
      ['load', true, undefined],
      ['disable', undefined, undefined],
      ['enable', undefined, undefined],
      ['unload', undefined, undefined],
      ['load', true, undefined],
    ])
  })

  test('in JavaScript is left out with all ops on it, until it is loaded in Python', () => {
    const { entries } = forTwo(
      loads({ kind: 'file', path: 'a.ts', symbol: 'A' }),
      act(3, 'disable'),
      act(4, 'set_params', { every: 2 }),
      act(5, 'unload'),
      line(6, 6, { module: 'cb', op: 'load', id: 'a', payload: { target: python, enabled: true } }),
      act(7, 'unload'),
    )
    expect(entries.map(({ op, at }) => [at.step, op])).toEqual([
      [6, 'load'],
      [7, 'unload'],
    ])
  })
})
