import type { RecipeEntry } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import type { WireSeriesWindow } from '../../src/shared/wire.ts'
import { openEditor } from '../../src/web/panels/recipe/editor.ts'
import { entryOf, entryOfLine, formOf, lineOf } from '../../src/web/panels/recipe/entry-form.ts'
import { type PreviewFacts, previewOf } from '../../src/web/panels/recipe/preview-data.ts'

function set(step: number, params: RecipeEntry['params']): RecipeEntry {
  return { at: { step, event: null }, module: 'opt', op: 'set_params', id: 'main', params: params ?? null }
}

function preview(now: readonly RecipeEntry[], facts: Partial<PreviewFacts> = {}, base = now) {
  return previewOf(
    { base, editor: openEditor(now) },
    { starts: {}, total: null, window: undefined, lastStep: 0, ...facts },
  )
}

test.each([
  [[], null, 0, 10],
  [[], null, 11, 11],
  [[100], null, 0, 105],
  [[101], null, 0, 107],
  [[100], null, 200, 200],
  [[100], 210, 0, 210],
  [[100], 211, 0, 105],
  [[100], 50, 0, 105],
  [[], 20, 0, 20],
  [[], 21, 0, 10],
] as const)(
  'a preview of entries at %j of a run with %s steps that is at step %i ends at %i',
  (at, total, lastStep, last) => {
    const entries = at.map((step) => set(step, { lr: 1 }))
    expect(preview(entries, { total, lastStep })).toMatchObject({ first: 0, last })
    expect(preview([], { total, lastStep }, entries).last).toBe(last)
  },
)

test('a control with values far apart is shown on a logarithmic scale', () => {
  const shown = (...values: readonly number[]) => {
    const [control] = preview(values.map((lr, i) => set(i * 10, { lr }))).controls
    return [control?.isLog, control?.low, control?.high]
  }
  expect(shown(1, 20)).toEqual([false, 1, 20])
  expect(shown(1, 20.5)).toEqual([true, 1, 20.5])
  expect(shown(21, 1, 3)).toEqual([true, 1, 21])
  expect(shown(0, 21)).toEqual([false, 0, 21])
  expect(shown(-1, 21)).toEqual([false, -1, 21])
})

test('a control that is no longer changed keeps its first value, and has no line if none is known', () => {
  const base = [set(4, { lr: 3 }), set(8, { wd: 2 })]
  expect(preview([], { starts: { lr: 1 } }, base).controls).toEqual([
    {
      ...{ key: 'lr', isLog: false, low: 1, high: 3 },
      line: { steps: [0, 10], values: [1, 1] },
      before: { steps: [0, 4, 4, 10], values: [1, 1, 3, 3] },
    },
    {
      ...{ key: 'wd', isLog: false, low: 2, high: 2 },
      line: { steps: [], values: [] },
      before: { steps: [8, 10], values: [2, 2] },
    },
  ])
})

test('a control has its values before the edits if its steps or its values differ', () => {
  const base = [set(4, { lr: 3 })]
  const before = (now: readonly RecipeEntry[]): unknown => preview(now, {}, base).controls.map((one) => one.before)
  expect(before(base)).toEqual([null])
  expect(before([set(4, { lr: 2 })])).toEqual([{ steps: [4, 10], values: [3, 3] }])
  expect(before([set(5, { lr: 3 })])).toEqual([{ steps: [4, 10], values: [3, 3] }])
  expect(before([...base, set(6, { wd: 1 })])).toEqual([null, null])
})

test('each step with entries has one mark, and entries before the first step are at step 0', () => {
  const entries = [set(4, { lr: 1 }), set(4, { wd: 1 }), set(9, { lr: 2 }), set(-3, { lr: 0 })]
  expect(preview(entries).marks.map(({ step, rows }) => [step, rows.map(({ entry }) => entry.params)])).toEqual([
    [0, [{ lr: 0 }]],
    [4, [{ lr: 1 }, { wd: 1 }]],
    [9, [{ lr: 2 }]],
  ])
})

test('the recorded metric is drawn in the middle of its buckets, and left out if it is empty', () => {
  const window = (count: number): WireSeriesWindow =>
    ({ count, buckets: { first_step: [0, 10, 20], last_step: [5, 13], mean: [1, null, 3] } }) as never // The fields it reads.
  expect(preview([], { window: window(3) }).metric).toEqual({ steps: [2.5, 11.5, 20], values: [1, null, 3] })
  expect([preview([], { window: window(0) }).metric, preview([]).metric]).toEqual([null, null])
})

const PLAIN = set(7, { lr: 1 })

test('the form of an entry has a text for each field', () => {
  const params = { lr: 0.5, on: true, name: 'fast', odd: '12', yes: 'true', ramp: { steps: 5 }, none: null }
  expect(formOf({ ...PLAIN, params, at: { step: 7, event: 'val_epoch_end' } })).toEqual({
    ...{ step: '7', event: 'val_epoch_end', module: 'opt', op: 'set_params', id: 'main' },
    params: [
      { key: 'lr', value: '0.5' },
      { key: 'on', value: 'true' },
      { key: 'name', value: 'fast' },
      { key: 'odd', value: '"12"' },
      { key: 'yes', value: '"true"' },
      { key: 'ramp', value: '{"steps":5}' },
      { key: 'none', value: 'null' },
    ],
  })
  expect(formOf({ ...PLAIN, params: null })).toMatchObject({ event: '', params: [] })
})

test('spaces around the fields of a form do not matter', () => {
  const form = {
    ...{ step: ' 8 ', event: ' train_step_end ', module: ' opt ', op: ' set_params ', id: ' main ' },
    params: [{ key: ' lr ', value: ' 0.5 ' }],
  }
  expect(entryOf(form, PLAIN)).toEqual({
    ok: true,
    value: { ...PLAIN, at: { step: 8, event: 'train_step_end' }, params: { lr: 0.5 } },
  })
  expect(entryOf({ ...form, step: '7', event: '  ' }, PLAIN)).toMatchObject({ value: { at: { step: 7, event: null } } })
})

test('an entry keeps its call only if its step and event stay the same, and its end in any case', () => {
  const at = { step: 7, event: 'val_epoch_end', call: 2 }
  const placed = (more: object, before: RecipeEntry['at'] = at): unknown => {
    const entry = { ...PLAIN, at: before }
    const made = entryOf({ ...formOf(entry), ...more }, entry)
    return made.ok ? made.value.at : made.reason
  }
  expect(placed({})).toEqual(at)
  expect(placed({ step: '9' })).toEqual({ step: 9, event: 'val_epoch_end' })
  expect(placed({ event: 'train_step_end' })).toEqual({ step: 7, event: 'train_step_end' })
})

test('an entry without params keeps none, and one that loses them has empty ones', () => {
  const made = (params: RecipeEntry['params']): unknown => {
    const entry = { ...PLAIN, op: 'enable', params: params ?? null }
    const read = entryOf({ ...formOf(entry), params: [] }, entry)
    return read.ok ? read.value.params : read.reason
  }
  expect([made(null), made({ lr: 1 })]).toEqual([undefined, {}])
})

test.each([
  [{ step: ' ' }, '`step` must be a whole number, got " "'],
  [{ step: '1.5' }, '`step` must be a whole number, got "1.5"'],
  [{ params: [{ key: ' ', value: '1' }] }, '`params` has a value without a name'],
  [
    {
      params: [
        { key: 'lr', value: '1' },
        { key: ' lr', value: '2' },
      ],
    },
    '`params.lr` is given twice',
  ],
])('a form with %j is refused', (more, reason) => {
  expect(entryOf({ ...formOf(PLAIN), ...more }, PLAIN)).toEqual({ ok: false, reason })
})

test('an entry is one line of a recipe', () => {
  const line = lineOf(PLAIN)
  expect(line).not.toMatch(/\s$/)
  expect(entryOfLine(line)).toEqual({ ok: true, value: PLAIN })
  const reason = 'expected one line of JSON with one entry'
  expect([entryOfLine(''), entryOfLine(`${line}\n${line}`)]).toEqual(Array(2).fill({ ok: false, reason }))
})
