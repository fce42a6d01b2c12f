import { readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { processStart, processState } from '@hotcb/journal'
import type { HotModule } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createKernel } from '../src/index.ts'
import { latestCheckpoint, listCheckpoints, openKernel } from '../src/node.ts'
import { answers, command, ledger, runDir, toyTrainer } from './run-dir.ts'

function stateDocument(dir: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8'))
}

test('`applyAsync` yields to the event loop while paused', async () => {
  const dir = runDir()
  const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  command(dir, { cid: 'p', module: 'core', op: 'pause' })
  let ticks = 0
  let paused: unknown = null
  // Only the event loop can end this pause, however slow the machine is.
  const ticking = setInterval(() => {
    const state = stateDocument(dir)
    if (++ticks < 6 || paused !== null || state?.['paused'] !== true) return
    paused = state
    command(dir, { cid: 'r', module: 'core', op: 'resume' })
  }, 5)
  await kernel.applyAsync({ step: 0 })
  clearInterval(ticking)
  kernel.close()
  expect(paused).toMatchObject({ paused: true, closed: false, step: 0 })
  expect(answers(dir).map((line) => line.decision)).toEqual(['applied', 'applied'])
})

test('a checkpoint is renamed into place as a whole, and loading it moves the run back', () => {
  const dir = runDir()
  const trainer = toyTrainer()
  let weight = 0
  const kernel = openKernel(dir, {
    state: trainer.state,
    lookMs: 0,
    checkpoints: {
      keep: 2,
      save: (request) => writeFileSync(join(request.dir, 'weight'), String(weight)),
      load: (request) => {
        weight = Number(readFileSync(join(request.dir, 'weight'), 'utf8'))
        return undefined
      },
    },
  })
  const step = (at: number): ReturnType<typeof kernel.apply> => {
    weight++
    return kernel.apply({ step: at })
  }
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { momentum: 0.5 } })
  for (let at = 0; at < 3; at++) step(at)
  command(dir, { cid: 's', module: 'core', op: 'checkpoint' })
  step(3)
  command(dir, { cid: 'b', module: 'opt', op: 'set_params', params: { momentum: 0.7 } })
  for (let at = 4; at < 8; at++) step(at)
  command(dir, { cid: 'l', module: 'core', op: 'checkpoint', params: { action: 'load' } })
  expect(step(8)).toMatchObject({ rewound: 4 })
  expect(weight).toBe(4)
  expect(trainer.optimizer.paramGroups[0]?.momentum).toBe(0.5)
  expect(step(4).rewound).toBe(null)
  kernel.close()
  expect(latestCheckpoint(dir)).toMatchObject({ tag: 'step-4', step: 4, seq: 2 })
  const cut = ledger(dir).filter((line) => line.module === 'core' && line.op === 'attempt')
  expect(cut.map((line) => line.payload?.step)).toEqual([null, 4])
})

test('checkpoints from a part of the run that was rolled back no longer count, and old ones are deleted', () => {
  const dir = runDir()
  const kernel = openKernel(dir, {
    state: toyTrainer().state,
    lookMs: 0,
    checkpoints: { keep: 2, save: () => undefined, load: () => undefined },
  })
  const save = { module: 'core', op: 'checkpoint' }
  let step = 0
  const apply = (): void => {
    step = kernel.apply({ step }).rewound ?? step + 1
  }
  for (let i = 0; i < 3; i++) {
    command(dir, save)
    apply()
  }
  expect(listCheckpoints(dir).map((one) => one.tag)).toEqual(['step-2', 'step-3'])
  command(dir, { module: 'core', op: 'checkpoint', params: { action: 'load', tag: 'step-2' } })
  apply()
  kernel.close()
  expect(listCheckpoints(dir).map((one) => one.tag)).toEqual(['step-2'])
})

test('a handler that returns a promise needs `applyAsync`, and one that throws is reported', async () => {
  const dir = runDir()
  const kernel = openKernel(dir, {
    lookMs: 0,
    checkpoints: {
      save: async () => undefined,
      load: () => {
        throw new Error('the disk is gone')
      },
    },
  })
  command(dir, { cid: 'a', module: 'core', op: 'checkpoint', params: { tag: 'x' } })
  kernel.apply({ step: 0 })
  command(dir, { cid: 'b', module: 'core', op: 'checkpoint', params: { tag: 'y' } })
  await kernel.applyAsync({ step: 1 })
  command(dir, { cid: 'c', module: 'core', op: 'checkpoint', params: { action: 'load', tag: 'y' } })
  command(dir, { cid: 'd', module: 'core', op: 'checkpoint', params: { action: 'load', tag: 'z' } })
  command(dir, { cid: 'e', module: 'core', op: 'checkpoint', params: { tag: '../up' } })
  kernel.apply({ step: 2 })
  kernel.close()
  expect(answers(dir).map((line) => [line.cid, line.decision, line.error])).toEqual([
    ['a', 'failed', '`save` returned a promise: call `applyAsync` instead of `apply`'],
    ['b', 'applied', null],
    ['c', 'failed', '`load` failed: the disk is gone'],
    ['d', 'failed', '`load` failed: the checkpoint `z` does not exist: did you mean `y`?'],
    ['e', 'failed', '`tag` must be letters, digits, dots, dashes or underscores, got "../up"'],
  ])
})

test('an op that a module submits at an event is applied at the next safe point, subject to freeze', () => {
  const dir = runDir()
  const { optimizer, state } = toyTrainer()
  const seen: string[] = []
  const tuner: HotModule = {
    name: 'tuner',
    onEvent: (event, env, context) => {
      seen.push(`${event} ${env.step} momentum ${optimizer.paramGroups[0]?.momentum}`)
      if (env.step === 1) context.submit({ module: 'opt', op: 'set_params', params: { momentum: 0.5 }, note: 'a try' })
    },
    status: () => ({ seen: seen.length }),
  }
  const kernel = openKernel(dir, { state, modules: [tuner], lookMs: 0 })
  for (let step = 0; step < 3; step++) kernel.apply({ step }, ['val_end'])
  kernel.close()
  expect(seen).toEqual(['val_end 0 momentum 0.9', 'val_end 1 momentum 0.9', 'val_end 2 momentum 0.5'])
  expect(ledger(dir).at(-1)).toMatchObject({
    module: 'opt',
    source: 'tuner',
    notes: 'a try',
    step: 2,
    decision: 'applied',
  })
  expect(stateDocument(dir)).toMatchObject({ closed: true, modules: { tuner: { seen: 3 } } })
})

test('the state document identifies the training process, so that no other with its pid is mistaken for it', () => {
  const dir = runDir()
  const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  const { pid, host, start } = stateDocument(dir)['kernel'] as { pid: number; host: string; start: string | null }
  expect({ pid, host, start }).toEqual({ pid: process.pid, host: hostname(), start: processStart() })
  expect(processState(pid, start)).toBe(process.platform === 'win32' ? 'unknown' : 'running')
  kernel.close()
})

test('a kernel without parts is an idle safe point', () => {
  const kernel = createKernel()
  expect(kernel.apply({ step: 0 })).toBe(kernel.apply({ step: 1 }, ['train_step_end']))
  kernel.close()
})

test('an attempt that was cut short leaves its commands open, and the next one takes them', () => {
  const dir = runDir()
  const first = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  first.apply({ step: 0 })
  command(dir, { cid: 'held', module: 'opt', op: 'set_params', params: { momentum: 0.5 }, at: { step: 3 } })
  first.apply({ step: 1 })
  // No close: the process was killed. The held command has no line, so it is read again.
  const { optimizer, state } = toyTrainer()
  const second = openKernel(dir, { state, lookMs: 0 })
  second.continueFrom({ step: 0 })
  for (let step = 0; step < 5; step++) second.apply({ step })
  second.close()
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.5)
  expect(answers(dir).map((line) => [line.cid, line.step, line.attempt])).toEqual([['held', 3, 2]])
})
