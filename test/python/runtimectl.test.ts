import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Controls, ValidateCall } from '@hotcb/runtimectl'
import { openControls } from '@hotcb/runtimectl/node'
import { expect, onTestFinished, test } from 'vitest'
import { linesOf, ourRuntimectl, pythonLoop, temporaryDirectory, theirRuntimectl } from './peers.ts'

const COMMANDS = [
  ['opt.lr.mult', '0.5'],
  ['opt.lr.mult', '-1'],
  ['save_ckpt', 'läuft', '1', 'true', 'null', '[1,2]', '--kwargs', '{"label": "中"}'],
  ['nope', '1'],
  ['opt.lr.mult', '3'],
]
const ANSWERS = [
  { path: 'opt.lr.mult', op: 'set', status: 'applied', args: [0.5], kwargs: {} },
  { path: 'opt.lr.mult', op: 'set', status: 'failed', error: 'multiplier must be > 0' },
  { path: 'save_ckpt', op: 'set', status: 'applied', args: ['läuft', 1, true, null, [1, 2]], kwargs: { label: '中' } },
  { path: 'nope', op: 'set', status: 'rejected', error: 'unknown path: nope' },
  { path: 'opt.lr.mult', op: 'set', status: 'applied', args: [3], kwargs: {} },
]

test('commands of Python’s runtimectl are applied by our controls and acknowledged in Python’s format', async () => {
  const dir = temporaryDirectory()
  const { poll, state } = openTrainerControls(dir)
  for (const command of COMMANDS) {
    const { code, out } = await theirRuntimectl(dir, ...command)
    expect(code).toBe(0)
    expect(poll()).toMatchObject([{ id: JSON.parse(out).id }])
  }
  expect(linesOf(dir, 'acks.jsonl')).toMatchObject(ANSWERS)
  expect(state).toEqual({ lr: 1.5, saved: [['läuft', 1, true, null, [1, 2], { label: '中' }]] })
})

test('commands of our runtimectl are applied and acknowledged by Python’s loop', async () => {
  const dir = temporaryDirectory()
  const loop = pythonLoop('unpublished', 'controls.py', dir)
  for (const command of COMMANDS) {
    const { code, out } = await ourRuntimectl(dir, ...command)
    expect(code).toBe(0)
    expect((await loop.ask({ steps: 1 }))['acks']).toMatchObject([{ id: JSON.parse(out).id }])
  }
  expect(linesOf(dir, 'acks.jsonl')).toMatchObject(ANSWERS)
  expect(await loop.ask({ steps: 1 })).toMatchObject({ lr: 1.5, saved: [['läuft', 1, true, null, [1, 2], '中']] })
})

test('a waiting command of our runtimectl gets the ack of Python’s loop', async () => {
  const dir = temporaryDirectory()
  const loop = pythonLoop('unpublished', 'controls.py', dir)
  const waiting = ourRuntimectl(dir, 'opt.lr.mult', '0.5', '--wait', '30')
  let acks: unknown = []
  while (JSON.stringify(acks) === '[]') acks = (await loop.ask({ steps: 1 }))['acks']
  const { code, out } = await waiting
  expect(code).toBe(0)
  expect(out.split('\n').map((line) => line && JSON.parse(line).status)).toEqual([undefined, 'applied', ''])
  const refused = ourRuntimectl(dir, 'opt.lr.mult', '0', '--wait=30')
  for (acks = []; JSON.stringify(acks) === '[]'; ) acks = (await loop.ask({ steps: 1 }))['acks']
  expect(await refused).toMatchObject({ code: 1 })
})

test('both programs print exactly the same status of the same queue, no matter which one acknowledged', async () => {
  const dir = temporaryDirectory()
  expect(await ourRuntimectl(dir, 'status')).toEqual(await theirRuntimectl(dir, 'status'))
  const { poll, controls } = openTrainerControls(dir)
  for (const command of COMMANDS.slice(0, 3)) await theirRuntimectl(dir, ...command)
  await theirRuntimectl(dir, 'save_ckpt', '0.00001', '[1e-7, 2.5e-300, 0.0001, 1e21, -1e-5]')
  poll()
  controls.close()
  expect(await ourRuntimectl(dir, 'status')).toEqual(await theirRuntimectl(dir, 'status'))
  const loop = pythonLoop('unpublished', 'controls.py', dir)
  await ourRuntimectl(dir, 'save_ckpt', '1e400')
  await loop.ask({ steps: 1 })
  const ours = await ourRuntimectl(dir, 'status', '--last', '2')
  expect(ours).toEqual(await theirRuntimectl(dir, 'status', '--last', '2'))
  expect(ours.out).toContain('Infinity')
})

test('NaN and infinities from Python’s runtimectl reach the control, and its acks', async () => {
  const dir = temporaryDirectory()
  const { poll, state } = openTrainerControls(dir)
  await theirRuntimectl(dir, 'save_ckpt', 'NaN', '{"deep": [Infinity]}')
  expect(poll()).toMatchObject([{ status: 'applied', args: [Number.NaN, { deep: [Number.POSITIVE_INFINITY] }] }])
  expect(state.saved).toEqual([[Number.NaN, { deep: [Number.POSITIVE_INFINITY] }]])
  expect(await theirRuntimectl(dir, 'status')).toMatchObject({ code: 0, out: expect.stringContaining('Infinity') })
})

test('our controls reject or wait for lines that end Python’s loop or are lost there', async () => {
  const dir = temporaryDirectory()
  const { poll, state } = openTrainerControls(dir)
  const append = (text: string): unknown => {
    appendFileSync(join(dir, 'commands.jsonl'), text)
    return poll().map(({ status, error }) => error ?? status)
  }
  expect(append('5\n')).toEqual(['unsupported op: invalid: a command must be a JSON object, got 5'])
  expect(append('{"id": "a", "path": "opt.lr.m')).toEqual([])
  expect(append('ult", "args": [0.5]}\n')).toEqual(['applied'])
  expect(append('{"id": "b", "path": "opt.lr.mult", "args": 0.5}\n')).toEqual(['command args must be a list'])
  expect(append('{"id": "c", "path": "opt.lr.mult", "kwargs": []}\n')).toEqual(['command kwargs must be an object'])
  expect(append('{"id": "d", "path": "opt.lr.mult", "op": "get"}\n')).toEqual(['unsupported op: get'])
  expect(state.lr).toBe(0.5)
  await expect(pythonLoop('unpublished', 'controls.py', dir).ask({ steps: 1 })).rejects.toThrow(
    "AttributeError: 'int' object has no attribute 'get'",
  )
})

test('if a queue changes hands, ours skips what Python acked, and Python applies everything again', async () => {
  const dir = temporaryDirectory()
  const loop = pythonLoop('unpublished', 'controls.py', dir)
  await theirRuntimectl(dir, 'opt.lr.mult', '0.5')
  expect(await loop.ask({ steps: 1 })).toMatchObject({ lr: 0.5 })
  await loop.end()
  const { poll, state, controls } = openTrainerControls(dir)
  await theirRuntimectl(dir, 'opt.lr.mult', '4')
  expect(poll()).toMatchObject([{ args: [4] }])
  expect(state.lr).toBe(4)
  controls.close()
  expect(await pythonLoop('unpublished', 'controls.py', dir).ask({ steps: 1 })).toMatchObject({ lr: 2 })
})

interface State {
  lr: number
  readonly saved: unknown[]
}

/** The controls that `controls.py` registers. */
function openTrainerControls(dir: string): {
  readonly controls: Controls<State>
  readonly poll: () => ReturnType<Controls<State>['pollAndApply']>
  readonly state: State
} {
  const state: State = { lr: 1, saved: [] }
  const controls = openControls<State>({ dir, log: () => undefined })
  const positive: ValidateCall<readonly [number]> = ([factor], kwargs) => {
    if (!(Number(factor) > 0)) throw new Error('multiplier must be > 0')
    return [[Number(factor)], kwargs]
  }
  const multiply = (ctx: State, factor: number): void => {
    ctx.lr *= factor
  }
  controls.register('opt.lr.mult', multiply, { validateCall: positive })
  controls.register('save_ckpt', (ctx, ...args) => void ctx.saved.push(args))
  onTestFinished(() => controls.close())
  return { controls, state, poll: () => controls.pollAndApply({ ctx: state, every: 0 }) }
}
