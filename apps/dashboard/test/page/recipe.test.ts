import type { RecipeEntry } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import type { RunDetail, WireSeriesWindow } from '../../src/shared/wire.ts'
import {
  edit,
  entriesOf,
  openEditor,
  type RowEdit,
  redo,
  replaceAll,
  undo,
} from '../../src/web/panels/recipe/editor.ts'
import { entryOf, entryOfLine, formOf } from '../../src/web/panels/recipe/entry-form.ts'
import { importText } from '../../src/web/panels/recipe/import-text.ts'
import { readDraft, writeDraft } from '../../src/web/panels/recipe/kept-draft.ts'
import { previewOf } from '../../src/web/panels/recipe/preview-data.ts'
import { planQueue } from '../../src/web/panels/recipe/queue-plan.ts'
import { rebase } from '../../src/web/panels/recipe/rebase.ts'

function set(step: number, params: RecipeEntry['params']): RecipeEntry {
  return { at: { step, event: null }, module: 'opt', op: 'set_params', id: 'main', params: params ?? null }
}

const TWO = [set(10, { lr: 0.1 }), set(20, { lr: 0.2 })]

function control(key: string): unknown {
  return {
    param_key: key,
    type: 'float',
    label: key,
    group: 'optimizer',
    min: 0,
    max: 1,
    current: 0.5,
    state: 'verified',
  }
}

/** A run at a step, with the controls `lr` and `wd`. */
function detail(step: number, more: object = {}): RunDetail {
  const row = { status: 'running', step, max_steps: 100 }
  const state = { step, modules: {} }
  const freeze = { mode: 'off' }
  // Only the fields that the editor reads.
  return { row, state, freeze, controls: [control('lr'), control('wd')], modules: [], ...more } as unknown as RunDetail
}

function made(before: ReturnType<typeof openEditor>, change: RowEdit): ReturnType<typeof openEditor> {
  const edited = edit(before, change)
  if (!edited.ok) throw new Error(edited.reason)
  return edited.value
}

test('an edit can be undone and redone, and an entry keeps its id through edits', () => {
  const opened = openEditor(TWO)
  const shifted = made(opened, { kind: 'shift', ids: [0], steps: 15 })
  expect(shifted.rows.map(({ id, entry }) => [id, entry.at.step])).toEqual([
    [1, 20],
    [0, 25],
  ])
  const inserted = made(shifted, { kind: 'insert', entries: [set(22, { wd: 1 })] })
  expect(inserted.rows.map(({ id }) => id)).toEqual([1, 2, 0])
  expect(undo(inserted).rows).toEqual(shifted.rows)
  expect(entriesOf(undo(undo(inserted)))).toEqual(TWO)
  expect(undo(opened)).toBe(opened)
  expect(redo(undo(inserted)).rows).toEqual(inserted.rows)
  // Another edit discards the undone ones.
  expect(redo(made(undo(inserted), { kind: 'drop', ids: [0] })).rows.map(({ id }) => id)).toEqual([1])
})

test('a refused edit changes nothing and has a reason', () => {
  expect(edit(openEditor(TWO), { kind: 'shift', ids: [0, 1], steps: -11 })).toEqual({
    ok: false,
    reason: 'entry 1 is at step 10: it cannot be shifted by -11, below step 0',
  })
})

test('an import is one edit, and a malformed text is refused in one line with its place', () => {
  const entries = TWO
  const line = '{"at":{"step":5},"module":"opt","op":"set_params","params":{"lr":1}}'
  expect(importText(line, { file: '', entries })).toMatchObject({ ok: true, value: { kind: 'recipe' } })
  const overlay = 'patches:\n  - match: { at_step: 10 }\n    drop: true\n'
  const read = importText(overlay, { file: '', entries })
  expect(read).toMatchObject({ ok: true, value: { kind: 'overlay', entries: [{ at: { step: 20 } }] } })
  expect(importText('{"version":1,"patches":[]}', { file: '', entries })).toMatchObject({ value: { kind: 'overlay' } })
  expect(importText(`${line}\n{"at":{"step":-4},"module":"opt","op":"x"}`, { file: 'a.jsonl', entries })).toEqual({
    ok: false,
    reason: expect.stringMatching(/^a\.jsonl:2: `at\.step` must be/),
  })
  expect(importText('patches:\n  - mach: {}\n', { file: 'o.yaml', entries })).toEqual({
    ok: false,
    reason: expect.stringMatching(/^o\.yaml:2: `patches\.0\.mach` is not a key of an overlay/),
  })
  expect(importText('  \n', { file: '', entries })).toMatchObject({
    ok: false,
    reason: expect.stringContaining('empty'),
  })
  const editor = replaceAll(openEditor(TWO), read.ok ? read.value.entries : [])
  expect(entriesOf(undo(editor))).toEqual(TWO)
})

test('the form of an entry produces the same entry, and reports invalid values', () => {
  const entry: RecipeEntry = {
    at: { step: 7, event: 'val_epoch_end', call: 2 },
    module: 'opt',
    op: 'set_params',
    id: 'main',
    params: { lr: 1e-4, name: 'fast', odd: '12', 'ramps.wd': { type: 'linear', steps: 5, end: 1 } },
    seq: 9,
  }
  expect(entryOf(formOf(entry), entry)).toEqual({ ok: true, value: entry })
  const moved = entryOf({ ...formOf(entry), step: '8' }, entry)
  expect(moved.ok && moved.value.at).toEqual({ step: 8, event: 'val_epoch_end' })
  const wrong = (more: object): unknown => entryOf({ ...formOf(entry), ...more }, entry)
  expect(wrong({ step: '1.5' })).toMatchObject({ reason: '`step` must be a whole number, got "1.5"' })
  expect(wrong({ step: '-2' })).toMatchObject({ reason: expect.stringContaining('`at.step`') })
  expect(wrong({ module: '' })).toMatchObject({ reason: expect.stringContaining('`module`') })
  expect(wrong({ params: [{ key: 'lr', value: '{"end":' }] })).toMatchObject({
    reason: expect.stringContaining('`params.lr`: expected JSON'),
  })
  expect(entryOfLine('{"at":{"step":1}}')).toMatchObject({ ok: false, reason: expect.stringMatching(/^`module`/) })
})

test('commands wait for their steps, and entries that the trainer has passed are left out unless they are requested', () => {
  const plan = planQueue(TWO, detail(15), { stepOffset: 0, sendsLate: false, reached: 15 })
  expect(plan).toMatchObject({
    ok: true,
    value: {
      drafts: [{ module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.2 }, at: { step: 20 } }],
      late: [{ at: { step: 10 } }],
    },
  })
  const all = planQueue(TWO, detail(15), { stepOffset: 0, sendsLate: true, reached: 15 })
  expect(all.ok && all.value.drafts.map(({ at }) => at?.step)).toEqual([10, 20])
  const later = planQueue(TWO, detail(15), { stepOffset: 30, sendsLate: false, reached: 15 })
  expect(later.ok && later.value.drafts.map(({ at }) => at?.step)).toEqual([40, 50])
  expect(planQueue(TWO, detail(50), { stepOffset: 0, sendsLate: false, reached: 50 })).toEqual({
    ok: false,
    reason: 'no entry is left to schedule',
  })
})

test('nothing is scheduled if one entry does not match the run, or if there are too many', () => {
  expect(planQueue([...TWO, set(30, { kl: 1 })], detail(0), { stepOffset: 0, sendsLate: false, reached: 0 })).toEqual({
    ok: false,
    reason: expect.stringMatching(/^entry 3: `params\.kl` is not a control of this run/),
  })
  expect(planQueue([set(30, { lr: 7 })], detail(0), { stepOffset: 0, sendsLate: false, reached: 0 })).toMatchObject({
    ok: false,
  })
  const many = Array.from({ length: 101 }, (_, i) => set(i, { lr: 0.1 }))
  expect(planQueue(many, detail(0), { stepOffset: 0, sendsLate: false, reached: 0 })).toMatchObject({
    reason: expect.stringContaining('101 entries are too many'),
  })
  const frozen = planQueue(TWO, detail(0, { freeze: { mode: 'prod' } }), {
    stepOffset: 0,
    sendsLate: false,
    reached: 0,
  })
  expect(frozen.ok && frozen.value.notes).toEqual([expect.stringContaining('the run is frozen, prod')])
})

test('the preview has the values before and after the edits, and marks for each step', () => {
  const opened = openEditor(TWO)
  const window = {
    count: 2,
    buckets: { first_step: [0, 10], last_step: [4, 10], mean: [1, null] },
  } as unknown as WireSeriesWindow
  const facts = { starts: { lr: 0.01 }, total: 40, window, lastStep: 12 }
  const same = previewOf({ base: TWO, editor: opened }, facts)
  expect(same).toMatchObject({ first: 0, last: 40, metric: { steps: [2, 10], values: [1, null] } })
  expect(same.controls).toEqual([
    {
      key: 'lr',
      isLog: false,
      low: 0.01,
      high: 0.2,
      line: { steps: [0, 10, 10, 20, 20, 40], values: [0.01, 0.01, 0.1, 0.1, 0.2, 0.2] },
      before: null,
    },
  ])
  const editor = made(opened, { kind: 'drop', ids: [0, 1] })
  const dropped = previewOf({ base: TWO, editor }, facts)
  expect(dropped.marks).toEqual([])
  expect(dropped.controls[0]).toMatchObject({
    line: { values: [0.01, 0.01] },
    before: { values: [0.01, 0.01, 0.1, 0.1, 0.2, 0.2] },
  })
})

test('edits are transferred to a newer version of the recipe, and those that no longer apply are reported', () => {
  const edited = [set(10, { lr: 0.1 }), set(25, { lr: 0.2 })]
  const newer = [...TWO, set(30, { wd: 1 })]
  expect(rebase(TWO, edited, newer)).toMatchObject({
    ok: true,
    value: { entries: [{ at: { step: 10 } }, { at: { step: 25 } }, { at: { step: 30 } }], lost: [] },
  })
  expect(rebase(TWO, edited, [set(30, { wd: 1 })])).toMatchObject({
    ok: true,
    value: { lost: ['`patches.0` matches no entry'] },
  })
})

test('a draft survives a reload, and any other text is ignored', () => {
  const editor = made(openEditor(TWO), { kind: 'shift', ids: [1], steps: 1 })
  const text = writeDraft({ file: 'a.recipe.jsonl', stamp: 's', base: TWO, editor })
  expect(readDraft(text)).toEqual({ file: 'a.recipe.jsonl', stamp: 's', base: TWO, entries: entriesOf(editor) })
  for (const other of [null, '', '{', '[]', '{"base":"x","entries":""}']) expect(readDraft(other)).toBe(undefined)
})
