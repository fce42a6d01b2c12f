import type { JsonObject, RecipeEntry } from '@hotcb/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diffRecipes } from '../src/index.ts'
import * as arbitrary from './arbitraries.ts'

const lr = (step: number, value: number, event: string | null = null): RecipeEntry => ({
  at: { step, event },
  module: 'opt',
  op: 'set_params',
  id: 'main',
  params: { lr: value },
})

describe('diffRecipes', () => {
  test('distinguishes moved, changed, added and removed entries', () => {
    const before = [lr(1, 0.1), lr(5, 0.2), lr(9, 0.3), { ...lr(2, 1), module: 'loss' }]
    const after = [lr(1, 0.1), lr(6, 0.2), lr(9, 0.4), { ...lr(2, 1), module: 'augment' }]
    expect(diffRecipes(before, after)).toEqual([
      { kind: 'removed', before: before[3], after: null, fields: [] },
      { kind: 'added', before: null, after: after[3], fields: [] },
      { kind: 'changed', before: before[1], after: after[1], fields: [{ path: 'at.step', before: 5, after: 6 }] },
      { kind: 'changed', before: before[2], after: after[2], fields: [{ path: 'params.lr', before: 0.3, after: 0.4 }] },
    ])
  })

  test('compares by meaning, ignoring `seq`, `call` and the order of keys', () => {
    const before: RecipeEntry = {
      ...lr(1, 1),
      params: { a: 1, b: { c: 2, d: 3 } },
      seq: 7,
      at: { step: 1, event: null, call: 0 },
    }
    const after: RecipeEntry = { ...lr(1, 1), params: { b: { d: 3, c: 2 }, a: 1 } }
    expect(diffRecipes([before], [after])).toEqual([])
  })

  test('reports every field that an entry changed, gained or lost', () => {
    const load: RecipeEntry = { at: { step: 1, event: null }, module: 'cb', op: 'load', id: 'a' }
    const before: RecipeEntry = {
      ...load,
      at: { step: 1, event: 'epoch' },
      enabled: null as never,
      init: { every: 1, gone: 2 },
      source_capture: { sha256: 'ab', captured_path: 'x' },
    }
    const after: RecipeEntry = {
      ...load,
      at: { step: 1, event: null, end: true },
      enabled: true,
      init: { every: [1] },
      target: { kind: 'file', path: 'a.mjs', symbol: 'A' },
      source_capture: { sha256: 'cd', captured_path: 'y' },
    }
    expect(diffRecipes([before], [after])).toEqual([
      {
        kind: 'changed',
        before,
        after,
        fields: [
          { path: 'at.event', before: 'epoch', after: null },
          { path: 'at.end', before: false, after: true },
          { path: 'init.every', before: 1, after: [1] },
          { path: 'init.gone', before: 2, after: undefined },
          { path: 'source_capture.sha256', before: 'ab', after: 'cd' },
          { path: 'target.kind', before: undefined, after: 'file' },
          { path: 'target.path', before: undefined, after: 'a.mjs' },
          { path: 'target.symbol', before: undefined, after: 'A' },
          { path: 'enabled', before: undefined, after: true },
        ],
      },
    ])
    expect(diffRecipes([{ ...load, enabled: true }], [{ ...load, enabled: false }])[0]?.fields).toEqual([
      { path: 'enabled', before: true, after: false },
    ])
    const moved = { ...load, source_capture: { sha256: 'ab', captured_path: 'elsewhere' } }
    expect(diffRecipes([{ ...load, source_capture: { sha256: 'ab', captured_path: 'x' } }], [moved])).toEqual([])
  })

  test('pairs equal entries first, then those at the same place, then those with the same keys, then the rest', () => {
    const pairs = (before: readonly RecipeEntry[], after: readonly RecipeEntry[]) =>
      diffRecipes(before, after).map((one) => [one.kind, one.before?.params, one.after?.params])
    const other = (step: number, params: object) => ({ ...lr(step, 0), params: params as JsonObject })
    // A changed value at the same place, with another entry with the same keys elsewhere.
    expect(pairs([lr(1, 0.1), lr(2, 0.2)], [lr(2, 0.3), lr(1, 0.1)])).toEqual([['changed', { lr: 0.2 }, { lr: 0.3 }]])
    expect(pairs([lr(1, 0.1), lr(2, 0.2)], [lr(2, 0.1)])).toEqual([
      ['changed', { lr: 0.1 }, { lr: 0.1 }],
      ['removed', { lr: 0.2 }, undefined],
    ])
    expect(pairs([other(1, { a: 1 }), other(1, { b: 1 })], [other(1, { b: 2 }), other(1, { a: 2 })])).toEqual([
      ['changed', { a: 1 }, { a: 2 }],
      ['changed', { b: 1 }, { b: 2 }],
    ])
    expect(pairs([other(1, { a: 1 })], [other(1, { b: 1 })])).toEqual([
      ['removed', { a: 1 }, undefined],
      ['added', undefined, { b: 1 }],
    ])
    // Each of several equal entries is paired once, in order.
    expect(pairs([lr(1, 1), lr(1, 1)], [lr(1, 1)])).toEqual([['removed', { lr: 1 }, undefined]])
    expect(pairs([lr(1, 1), lr(1, 2)], [lr(1, 3), lr(1, 4)])).toEqual([
      ['changed', { lr: 1 }, { lr: 3 }],
      ['changed', { lr: 2 }, { lr: 4 }],
    ])
  })

  test('is sorted by the new step of each entry', () => {
    const steps = diffRecipes([lr(9, 1), { ...lr(5, 1), id: 'x' }], [lr(2, 1), { ...lr(3, 1), id: 'y' }])
    expect(steps.map(({ kind, before, after }) => [kind, (after ?? before)?.at.step])).toEqual([
      ['changed', 2],
      ['added', 3],
      ['removed', 5],
    ])
  })

  test('is empty for a recipe and itself in any order, and turns one recipe into the other when applied', () => {
    const recipe = fc.array(arbitrary.entry, { maxLength: 10 })
    const content = (entry: RecipeEntry): string =>
      JSON.stringify({
        ...entry,
        at: { step: entry.at.step, event: entry.at.event },
        params: Object.entries(entry.params ?? {}).sort(),
      })
    fc.assert(
      fc.property(recipe, recipe, fc.nat(), (before, after, seed) => {
        const shuffled = before.map((entry, i) => ({ entry, i: (i * 7919 + seed) % 11 })).sort((a, b) => a.i - b.i)
        expect(
          diffRecipes(
            before,
            shuffled.map(({ entry }) => entry),
          ),
        ).toEqual([])
        const left = before.map(content)
        for (const { before: was, after: is } of diffRecipes(before, after)) {
          if (was !== null) left.splice(left.indexOf(content(was)), 1)
          if (is !== null) left.push(content(is))
        }
        expect(left.sort()).toEqual(after.map(content).sort())
      }),
    )
  })
})
