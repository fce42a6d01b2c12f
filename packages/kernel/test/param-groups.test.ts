import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, optimizerActuators, type ParamGroup } from '@hotcb/actuators'
import { expect, test } from 'vitest'
import { openKernel } from '../src/node.ts'
import { answers, command, runDir } from './run-dir.ts'

/** A trainer whose checkpoints replace the parameter groups, as loading an optimizer's state does. */
function trainer(dir: string) {
  const optimizer: { paramGroups: ParamGroup[] } = {
    paramGroups: [
      { name: 'body', lr: 0.1, momentum: 0.9 },
      { name: 'head', lr: 0.2, momentum: 0.9 },
    ],
  }
  const file = (checkpoint: string): string => join(checkpoint, 'optimizer.json')
  const kernel = openKernel(dir, {
    state: createMutableState(optimizerActuators(optimizer)),
    lookMs: 0,
    checkpoints: {
      save: ({ dir: to }) => writeFileSync(file(to), JSON.stringify(optimizer.paramGroups)),
      load: ({ dir: from }) => {
        optimizer.paramGroups = JSON.parse(readFileSync(file(from), 'utf8'))
        return undefined
      },
    },
  })
  return { optimizer, kernel }
}

test('after a checkpoint load that replaces the groups, commands change the groups that the trainer uses', () => {
  const dir = runDir()
  const { optimizer, kernel } = trainer(dir)
  kernel.continueFrom({ step: 0 })
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.05 } })
  command(dir, { cid: 'save', module: 'core', op: 'checkpoint', params: { action: 'save', tag: 'good' } })
  kernel.apply({ step: 0 })
  command(dir, { cid: 'b', module: 'opt', op: 'set_params', params: { lr: 0.5 } })
  kernel.apply({ step: 1 })
  const before = optimizer.paramGroups
  command(dir, { cid: 'load', module: 'core', op: 'checkpoint', params: { action: 'load', tag: 'good' } })
  expect(kernel.apply({ step: 2 }).rewound).toBe(1)
  expect(optimizer.paramGroups).not.toBe(before)
  expect(optimizer.paramGroups.map(({ lr }) => lr)).toEqual([0.05, 0.1])
  command(dir, { cid: 'c', module: 'opt', op: 'set_params', params: { lr: 0.02, momentum: 0.5 } })
  kernel.apply({ step: 1 })
  kernel.close()
  expect(optimizer.paramGroups).toEqual([
    { name: 'body', lr: 0.02, momentum: 0.5 },
    { name: 'head', lr: 0.04, momentum: 0.5 },
  ])
  expect(before.map(({ lr }) => lr)).toEqual([0.5, 1])
  expect(answers(dir).map(({ cid, decision }) => [cid, decision])).toEqual([
    ['a', 'applied'],
    ['save', 'applied'],
    ['b', 'applied'],
    ['load', 'applied'],
    ['c', 'applied'],
  ])
})

test('if the number of groups has changed, a command fails with that reason, and training continues', () => {
  const dir = runDir()
  const { optimizer, kernel } = trainer(dir)
  kernel.continueFrom({ step: 0 })
  optimizer.paramGroups = [...optimizer.paramGroups, { name: 'new', lr: 0.3, momentum: 0.9 }]
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.05 } })
  expect(kernel.apply({ step: 0 })).toMatchObject({ stop: false, degraded: false })
  kernel.close()
  expect(answers(dir).map(({ decision, error }) => [decision, error])).toEqual([
    [
      'failed',
      '`lr` cannot be set: the optimizer has 3 parameter groups now, but had 2 when its controls were created',
    ],
  ])
  expect(optimizer.paramGroups.map(({ lr }) => lr)).toEqual([0.1, 0.2, 0.3])
})
