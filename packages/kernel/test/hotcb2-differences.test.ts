import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, floatActuator } from '@hotcb/actuators'
import { parseAssignment } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { openKernel } from '../src/node.ts'
import { answers, command, ledger, runDir, toyTrainer } from './run-dir.ts'

test('the differences from hotcb 2 that ARCHITECTURE.md lists for a kernel hold', () => {
  const dir = runDir()
  const { optimizer, state } = toyTrainer()
  const kernel = openKernel(dir, { state, lookMs: 0 })
  const set = (params: object): object => ({ module: 'opt', op: 'set_params', params })
  command(dir, { module: 'opt', op: 'explode' })
  command(dir, { module: 'opt', op: 'enable', params: { key: 'nosuch' } })
  command(dir, set({}))
  command(dir, set({ lr: '1e-1' }))
  command(dir, set({ lr: 0.05, weight_decay: 0 }))
  command(dir, { module: 'opt', op: 'disable', params: { key: 'momentum' } })
  command(dir, '{"op":\n')
  kernel.apply({ step: 0 })
  kernel.close()
  expect(ledger(dir)[0]).toMatchObject({ seq: 1, module: 'core', op: 'attempt', step: 0 })
  expect(answers(dir).map(({ decision, payload, step }) => [decision, payload, step])).toEqual([
    ['failed', null, 0],
    ['failed', null, 0],
    ['failed', null, 0],
    ['applied', { lr: 0.1 }, 0],
    ['applied', { lr: 0.05, weight_decay: 0 }, 0],
    ['applied', { key: 'momentum' }, 0],
    ['rejected', null, 0],
  ])
  expect(optimizer.paramGroups.map(({ lr }) => lr)).toEqual([0.05, 0.1])
  const { controls } = JSON.parse(readFileSync(join(dir, 'hotcb.actuators.json'), 'utf8'))
  expect(controls).toContainEqual(expect.objectContaining({ param_key: 'momentum', state: 'disabled' }))
})

test('an unfreeze writes the document, and two controls with one key throw', () => {
  const dir = runDir()
  writeFileSync(join(dir, 'hotcb.freeze.json'), '{"mode":"prod"}')
  const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  command(dir, { module: 'core', op: 'unfreeze' })
  kernel.apply({ step: 0 })
  kernel.close()
  expect(existsSync(join(dir, 'hotcb.freeze.json'))).toBe(true)
  expect(JSON.parse(readFileSync(join(dir, 'hotcb.freeze.json'), 'utf8'))).toMatchObject({ mode: 'off' })
  const control = floatActuator({ key: 'x', get: () => 1, set: () => undefined })
  expect(() => createMutableState([control], [control])).toThrow('two controls have the key `x`: keys must differ')
})

test('on the command line `1e-4` is a number, `1_000` is text, and bad JSON is refused', () => {
  expect(parseAssignment('lr=1e-4')).toEqual({ ok: true, value: { key: 'lr', value: 1e-4 } })
  expect(parseAssignment('n=1_000')).toEqual({ ok: true, value: { key: 'n', value: '1_000' } })
  expect(parseAssignment('betas={"a":')).toMatchObject({ ok: false })
})
