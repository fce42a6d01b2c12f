import { type RecipeEntry, readOverlay } from '@hotcb/protocol'
import { parseYaml } from '@hotcb/protocol/yaml'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { patchTemplate, planReplay } from '../src/index.ts'
import * as arbitrary from './arbitraries.ts'

const lr = (step: number, value: number): RecipeEntry => ({
  at: { step, event: null },
  module: 'opt',
  op: 'set_params',
  id: 'main',
  params: { lr: value },
})

describe('patchTemplate', () => {
  const entries = [
    lr(3, 0.1),
    { ...lr(9, 0.2), params: { lr: 0.2, betas: [0.9, 0.99] } },
    { at: { step: 4, event: null }, module: 'cb', op: 'disable', id: 'on' },
  ]

  test('has a stub for each kind of entry, with everything commented out', () => {
    expect(patchTemplate(entries, { recipe: 'hotcb.recipe.jsonl' })).toBe(
      [
        '# Overlay for hotcb.recipe.jsonl. Remove `# `, with its space, from each line that you want; patches apply in order.',
        '# More conditions of `match`: at_event, at_step, step_min, step_max, has_param, nth (from 0).',
        'version: 1',
        'patches:',
        '  # 2 entries, steps 3 to 9',
        '  - match: { module: opt, op: set_params, id: main }',
        '    # replace_params: { lr: 0.2, betas: [0.9,0.99] }',
        '    # transform_params: { scale: { lr: 1 }, add: {} }',
        '    # shift_step: 0',
        '    # drop: true',
        '  # one entry, step 4',
        '  - match: { module: cb, op: disable, id: "on" }',
        '    # shift_step: 0',
        '    # drop: true',
        '',
      ].join('\n'),
    )
  })

  test('states that a recipe has no entries, and shows a recipe name with strange characters in one line', () => {
    const text = patchTemplate([], { recipe: 'a\nb' })
    expect(text.split('\n').slice(2)).toEqual(['version: 1', 'patches: []', ''])
    expect(text).toMatch(/^# Overlay for a.{1,8}b\. Remove/)
  })

  test('quotes the words that YAML would read as something else', () => {
    const named = (id: string) => patchTemplate([{ ...lr(1, 0.1), id }], { recipe: 'r' }).match(/id: (.*) }/)?.[1]
    expect(['a', 'a/b-c_d', 'Yes', 'n', 'null', '1a', 'a b', 'a:', '', 'onward'].map(named)).toEqual([
      'a',
      'a/b-c_d',
      '"Yes"',
      '"n"',
      '"null"',
      '"1a"',
      '"a b"',
      '"a:"',
      '""',
      'onward',
    ])
  })

  test('shows the lowest and the highest step, and the newest value of each key', () => {
    const text = patchTemplate([lr(5, 0.1), lr(2, 0.2), { ...lr(9, 0.3), params: { x: 'a' } }, lr(4, 0.4)], {
      recipe: 'r',
    })
    expect(text).toContain('  # 4 entries, steps 2 to 9\n')
    expect(text).toContain(
      '# replace_params: { lr: 0.4, x: "a" }\n    # transform_params: { scale: { lr: 1 }, add: {} }',
    )
    expect(patchTemplate([lr(5, 0.1), lr(5, 0.2)], { recipe: 'r' })).toContain('  # 2 entries, step 5\n')
    const words = patchTemplate([{ ...lr(1, 0), params: { x: 'a' } }], { recipe: 'r' })
    expect([words.includes('replace_params'), words.includes('transform_params')]).toEqual([true, false])
  })

  test('is an overlay that changes nothing, and remains valid when it is uncommented', () => {
    fc.assert(
      fc.property(fc.array(arbitrary.entry, { maxLength: 8 }), (recipe) => {
        const text = patchTemplate(recipe, { recipe: 'r' })
        const overlay = readOverlay(yamlValue(text))
        if (!overlay.ok) throw new Error(overlay.reason)
        const plan = planReplay(recipe, { overlay: overlay.value })
        const plain = planReplay(recipe)
        expect(plan.ok && plain.ok && plan.value.entries).toEqual(plain.ok && plain.value.entries)
        const uncommented = text.replaceAll(/^ {4}# /gm, '    ')
        expect(readOverlay(yamlValue(uncommented)).ok).toBe(true)
      }),
    )
  })
})

function yamlValue(yaml: string): unknown {
  const read = parseYaml(yaml)
  if (!read.ok) throw new Error(read.reason)
  return read.value
}
