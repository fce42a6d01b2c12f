import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportRecipe, historyOf } from '@hotcb/recipe'
import { expect, test } from 'vitest'
import { openKernel } from '../src/node.ts'
import { answers, command, ledger, runDir, toyTrainer } from './run-dir.ts'

const set = (params: object, rest: object = {}): object => ({ module: 'opt', op: 'set_params', params, ...rest })

test('a relative value is resolved at the step at which it is due, and the ledger has the request and the value', () => {
  const dir = runDir()
  const { optimizer, state } = toyTrainer()
  const kernel = openKernel(dir, { state, lookMs: 0 })
  command(dir, set({ lr: { mul: 0.5 } }, { cid: 'later', at: { step: 3 } }))
  command(dir, set({ lr: 0.4 }, { cid: 'now' }))
  for (let step = 0; step < 5; step++) kernel.apply({ step })
  kernel.close()
  expect(answers(dir).map(({ cid, params, payload, old }) => ({ cid, params, payload, old }))).toEqual([
    { cid: 'now', params: { lr: 0.4 }, payload: { lr: 0.4 }, old: { lr: 0.1 } },
    { cid: 'later', params: { lr: { mul: 0.5 } }, payload: { lr: 0.2 }, old: { lr: 0.4 } },
  ])
  expect(optimizer.paramGroups.map(({ lr }) => lr)).toEqual([0.2, 0.4])
})

test('history, restart, revert and recipe contain only absolute values', () => {
  const dir = runDir()
  const first = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  command(dir, set({ lr: { add: 0.1 }, momentum: { mul: 0.5 } }))
  first.apply({ step: 0 })
  command(dir, { module: 'loss', op: 'set_params', params: { ce_w: { mul: 3 } } })
  first.apply({ step: 1 })
  first.close()
  const [entry] = historyOf(ledger(dir)).entries
  expect(entry?.op.params).toEqual({ lr: [0.2, 0.30000000000000004], momentum: 0.45 })
  const recipe = exportRecipe(ledger(dir))
  expect(JSON.stringify(recipe)).not.toContain('mul')
  const { optimizer, weights, state } = toyTrainer()
  const second = openKernel(dir, { state, lookMs: 0 })
  second.continueFrom({ step: 2 })
  expect([optimizer.paramGroups[1]?.lr, optimizer.paramGroups[1]?.momentum, weights.ce]).toEqual([
    0.30000000000000004, 0.45, 3,
  ])
  command(dir, { module: 'core', op: 'revert', params: { seq: 2 } })
  second.apply({ step: 2 })
  second.close()
  expect(optimizer.paramGroups.map(({ lr, momentum }) => [lr, momentum])).toEqual([
    [0.1, 0.9],
    [0.2, 0.9],
  ])
})

test('a relative value is refused in `expect`, in a checkpoint load, in a recipe and in `hotcb.yaml`', () => {
  const dir = runDir()
  const { optimizer, state } = toyTrainer()
  writeFileSync(join(dir, 'hotcb.yaml'), 'opt:\n  params:\n    lr: {mul: 0.5}\n')
  const kernel = openKernel(dir, { state, lookMs: 0, checkpoints: { save: () => undefined, load: () => undefined } })
  command(dir, set({ lr: 0.01 }, { cid: 'expect', expect: { lr: { mul: 1 } } }))
  command(dir, { cid: 'save', module: 'core', op: 'checkpoint', params: { action: 'save', tag: 'a' } })
  kernel.apply({ step: 0 })
  const given = { action: 'load', tag: 'a', set: { opt: { lr: { mul: 2 } } } }
  command(dir, { cid: 'load', module: 'core', op: 'checkpoint', params: given })
  kernel.apply({ step: 1 })
  kernel.close()
  const refused = ledger(dir).flatMap(({ cid, op, error }) => (error === null ? [] : [[cid ?? op, error]]))
  expect(refused).toEqual([
    ['yaml', expect.stringContaining('does not accept a relative value here, got {"mul":0.5}')],
    ['expect', '`expect` does not accept a relative value, got {"mul":1} for `lr`'],
    ['load', expect.stringContaining('does not accept a relative value here, got {"mul":2}')],
  ])
  expect(optimizer.paramGroups.map(({ lr }) => lr)).toEqual([0.1, 0.2])
})

test('a recipe with a relative value is refused before the first step', () => {
  const dir = runDir()
  writeFileSync(join(dir, 'hotcb.recipe.jsonl'), `${JSON.stringify({ at: { step: 0 }, ...set({ lr: { mul: 2 } }) })}\n`)
  const freeze = { mode: 'replay', recipe_path: 'hotcb.recipe.jsonl', policy: 'best_effort' }
  writeFileSync(join(dir, 'hotcb.freeze.json'), JSON.stringify(freeze))
  const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  expect(kernel.apply({ step: 0 }).stop).toBe(true)
  kernel.close()
  expect(ledger(dir).map(({ error }) => error)).toContainEqual(
    expect.stringContaining('`lr` does not accept a relative value here, got {"mul":2}'),
  )
})
