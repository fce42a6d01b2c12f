import type { RecipeEntry } from '@hotcb/protocol'
import { parseYaml } from '@hotcb/protocol/yaml'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  controlCourses,
  editRecipe,
  formatOverlay,
  inPlanOrder,
  lateEntries,
  overlayBetween,
  planReplay,
  type RecipeEdit,
  readOverlayText,
} from '../src/index.ts'
import { entry as anyEntry } from './arbitraries.ts'

function at(step: number, params: RecipeEntry['params'], more: Partial<RecipeEntry['at']> = {}): RecipeEntry {
  return { at: { step, event: null, ...more }, module: 'opt', op: 'set_params', id: 'main', params: params ?? null }
}

function edited(entries: readonly RecipeEntry[], edit: RecipeEdit): readonly unknown[] {
  const result = editRecipe(entries, edit)
  if (!result.ok) return [result.reason]
  return result.value.entries.map(({ at: place, params }) => [place.step, params])
}

const THREE = [at(10, { lr: 1 }), at(10, { wd: 2 }), at(30, { lr: 3 })]

test('an edit shifts, drops, inserts and replaces entries, and keeps the order of steps', () => {
  expect(edited(THREE, { kind: 'shift', at: [0], steps: 25 })).toEqual([
    [10, { wd: 2 }],
    [30, { lr: 3 }],
    [35, { lr: 1 }],
  ])
  expect(edited(THREE, { kind: 'drop', at: [0, 2] })).toEqual([[10, { wd: 2 }]])
  expect(edited(THREE, { kind: 'insert', entries: [at(10, { lr: 9 })] })[2]).toEqual([10, { lr: 9 }])
  expect(edited(THREE, { kind: 'replace', at: 2, entry: at(0, { lr: 4 }) })[0]).toEqual([0, { lr: 4 }])
})

test('an edit reports the previous index of each entry', () => {
  const result = editRecipe(THREE, { kind: 'insert', entries: [at(20, { lr: 9 })] })
  expect(result.ok && result.value.origins).toEqual([0, 1, null, 2])
})

test('a ramp moves with its entry, and a shifted entry loses its call', () => {
  const ramp = { type: 'linear', steps: 5, start: 0, end: 1, first_step: 10 }
  const result = editRecipe([at(10, { 'ramps.lr': ramp }, { call: 2 })], { kind: 'shift', at: [0], steps: 7 })
  expect(result.ok && result.value.entries[0]).toMatchObject({
    at: { step: 17, event: null },
    params: { 'ramps.lr': { first_step: 17 } },
  })
  expect(result.ok && result.value.entries[0]?.at).not.toHaveProperty('call')
})

test('an entry passes its neighbour only within a step, and takes over its event and call', () => {
  const two = [
    at(10, { lr: 1 }, { event: 'a', call: 0 }),
    at(10, { wd: 2 }, { event: 'b', call: 1 }),
    at(30, { lr: 3 }),
  ]
  const result = editRecipe(two, { kind: 'reorder', at: 0, by: 1 })
  expect(result.ok && result.value.entries.slice(0, 2).map((one) => [one.params, one.at])).toEqual([
    [{ wd: 2 }, { step: 10, event: 'b', call: 1 }],
    [{ lr: 1 }, { step: 10, event: 'b', call: 1 }],
  ])
  expect(edited(two, { kind: 'reorder', at: 1, by: 1 })).toEqual([
    'no entry of step 10 comes after entry 2: shift it to another step',
  ])
})

test('an impossible edit is refused as a whole, with the entry and the step', () => {
  expect(edited(THREE, { kind: 'shift', at: [0, 2], steps: -11 })).toEqual([
    'entry 1 is at step 10: it cannot be shifted by -11, below step 0',
  ])
  expect(edited(THREE, { kind: 'shift', at: [0], steps: 0.5 })).toEqual([
    'the steps to shift by must be a whole number, got 0.5',
  ])
  expect(edited(THREE, { kind: 'drop', at: [7] })).toEqual(['entry 8 does not exist: there are 3'])
})

test('entries whose step has passed are found', () => {
  expect(lateEntries(THREE, 10)).toEqual([])
  expect(lateEntries(THREE, 11)).toEqual([0, 1])
})

const FEW = { numRuns: 400 }

function planned(entries: readonly RecipeEntry[], overlayText?: string): readonly unknown[] {
  const overlay = overlayText === undefined ? null : readOverlayText(overlayText, { file: 'o.yaml', parseYaml })
  if (overlay !== null && !overlay.ok) throw new Error(overlay.reason)
  const plan = planReplay(entries, { overlay: overlay === null ? null : overlay.value })
  if (!plan.ok) throw new Error(plan.reason)
  // `seq` refers to a ledger line and has no effect. Absent params equal null.
  return plan.value.entries.map(({ seq: _, ...entry }) => ({ ...entry, params: entry.params ?? null }))
}

test('a replay of a recipe with the overlay from `overlayBetween`, formatted as text, follows the second recipe', () => {
  const entries = fc.array(anyEntry, { maxLength: 8 })
  fc.assert(
    fc.property(entries, entries, (before, after) => {
      const text = formatOverlay(overlayBetween(before, after))
      expect(planned(before, text)).toEqual(planned(after))
    }),
    FEW,
  )
})

test('a few edits to a recipe result in an overlay that a replay follows', () => {
  const steps = fc.integer({ min: -3, max: 9 })
  const edit = fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 9 }), steps, anyEntry)
  fc.assert(
    fc.property(
      fc.array(anyEntry, { minLength: 1, maxLength: 8 }),
      fc.array(edit, { maxLength: 4 }),
      (before, edits) => {
        let after = inPlanOrder(before)
        for (const [kind, index, by, entry] of edits) {
          const one: readonly RecipeEdit[] = [
            { kind: 'shift', at: [index % Math.max(1, after.length)], steps: by },
            { kind: 'drop', at: [index % Math.max(1, after.length)] },
            { kind: 'insert', entries: [entry] },
            { kind: 'reorder', at: index % Math.max(1, after.length), by: by < 0 ? -1 : 1 },
          ]
          const result = editRecipe(after, one[kind] ?? { kind: 'drop', at: [] })
          if (result.ok) after = result.value.entries
        }
        expect(planned(before, formatOverlay(overlayBetween(before, after)))).toEqual(planned(after))
      },
    ),
    FEW,
  )
})

test('the overlay identifies entries as a person would, and one patch moves everything', () => {
  const all = THREE.map((entry) => ({ ...entry, at: { step: entry.at.step + 50, event: null } }))
  expect(formatOverlay(overlayBetween(THREE, all))).toBe('version: 1\npatches:\n  - match: {}\n    shift_step: 50\n')
  expect(formatOverlay(overlayBetween(THREE, [at(10, { lr: 1 }), at(10, { wd: 2 }), at(30, { lr: 0.5 })]))).toBe(
    'version: 1\npatches:\n  - match: { module: opt, op: set_params, id: main, at_step: 30 }\n    replace_params: {"lr":0.5}\n',
  )
  expect(formatOverlay(overlayBetween(THREE, THREE))).toBe('version: 1\npatches: []\n')
})

test('the curves of controls have steps and ramps, and begin at the previous value', () => {
  const courses = controlCourses(
    [
      at(20, { lr: 0.5 }),
      at(10, { 'ramps.wd': { type: 'linear', steps: 20, start: 0, end: 1, first_step: 10 } }),
      at(20, { wd: 3 }),
      at(30, { group: 1, lr: 9 }),
      { ...at(30, { lr: 7 }), module: 'cb', id: 'probe' },
    ],
    { starts: { lr: 0.1 }, lastStep: 40, total: null },
  )
  expect(courses).toEqual([
    {
      key: 'wd',
      knots: [
        { step: 10, value: 0 },
        { step: 20, value: 0.5 },
        { step: 20, value: 3 },
        { step: 40, value: 3 },
      ],
    },
    {
      key: 'lr',
      knots: [
        { step: 0, value: 0.1 },
        { step: 20, value: 0.1 },
        { step: 20, value: 0.5 },
        { step: 40, value: 0.5 },
      ],
    },
  ])
})
