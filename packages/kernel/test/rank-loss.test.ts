import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { createCollectiveMemory, openKernel, openThreadCollective } from '../src/node.ts'
import { startRanks, train } from './rank-training.ts'
import { answers, command, ledger, runDir, toyTrainer } from './run-dir.ts'

/** The lines that report lost ranks. */
function losses(dir: string): (readonly [string, string | null])[] {
  return ledger(dir)
    .filter(({ op }) => op === 'collective')
    .map(({ decision, error }) => [decision, error])
}

const LOST = 'the ranks cannot be reached and no more commands are accepted: rank 0 waited 5 s for rank 1'

test('a killed rank is reported in one line, the others stay identical, and training continues', async () => {
  const dir = runDir()
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.05 }, at: { step: 20 } })
  command(dir, { cid: 'b', module: 'opt', op: 'set_params', params: { lr: 0.01 }, at: { step: 50 } })
  const [zero, one, two] = await train(dir, 60, ['', 'die', ''])
  expect(one).toBe(null)
  expect([zero?.step, two?.step]).toEqual([60, 60])
  expect(two?.weight).toEqual(zero?.weight)
  expect([zero?.lr, two?.lr]).toEqual([0.05, 0.05])
  expect(losses(dir)).toEqual([['failed', LOST]])
  // Commands that were not taken stay open, and the next start takes them.
  expect(answers(dir).map(({ cid, decision }) => [cid, decision])).toEqual([['a', 'applied']])
  await train(dir, 60, ['', '', ''], { from: 40 })
  expect(answers(dir).map(({ cid, decision, step }) => [cid, decision, step])).toEqual([
    ['a', 'applied', 20],
    ['b', 'applied', 50],
  ])
})

test('threads behave in the same way if one of them ends', async () => {
  const dir = runDir()
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.05 }, at: { step: 20 } })
  command(dir, { cid: 'b', module: 'opt', op: 'set_params', params: { lr: 0.01 }, at: { step: 50 } })
  const memory = createCollectiveMemory(3)
  const url = (path: string): string => new URL(path, import.meta.url).href
  const shared = { hooks: url('../../../scripts/typescript-loader.mjs'), node: url('../src/node.ts'), run: dir, memory }
  const workers = [1, 2].map(
    (rank) =>
      new Worker(new URL('./fixtures/rank-thread.mjs', import.meta.url), {
        workerData: { ...shared, rank, world: 3, steps: 60, dieAt: rank === 1 ? 30 : -1 },
        execArgv: ['--conditions=@hotcb/source'],
      }),
  )
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const told = once(workers[1] as Worker, 'message')
  const { optimizer, state } = toyTrainer()
  const collective = openThreadCollective(memory, 0, 3, { timeoutMs: 10_000 })
  const kernel = openKernel(dir, { state, collective })
  kernel.continueFrom({ step: 0 })
  const rates: number[] = []
  for (let step = 0; step < 60; step++) {
    rates.push(optimizer.paramGroups[0]?.lr ?? 0)
    kernel.apply({ step }, ['train_step_end'])
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
  }
  kernel.close()
  const [two] = await told
  expect(rates).toEqual(Array.from({ length: 60 }, (_, step) => (step <= 20 ? 0.1 : 0.05)))
  const reason = 'rank 0 waited 10 s for rank 1'
  expect(two).toEqual({
    rates,
    log: [`rank 2: the ranks cannot be reached, so no more changes are made here: ${reason}`],
  })
  expect(losses(dir)).toEqual([['failed', `the ranks cannot be reached and no more commands are accepted: ${reason}`]])
  expect(answers(dir).map(({ cid, decision }) => [cid, decision])).toEqual([['a', 'applied']])
})

test('a rank that hangs is reported within the timeout, and detects this itself when it continues', async () => {
  const dir = runDir()
  const { ranks, ends } = startRanks(dir, ['', 'hang', ''], { steps: 60, timeoutMs: 10_000 })
  const [zero, two] = await Promise.all([ends[0], ends[2]])
  expect([zero?.step, two?.step]).toEqual([60, 60])
  expect(two?.weight).toEqual(zero?.weight)
  expect(losses(dir)).toEqual([
    ['failed', 'the ranks cannot be reached and no more commands are accepted: rank 0 waited 10 s for rank 1'],
  ])
  ranks[1]?.kill('SIGCONT')
  const one = await ends[1]
  expect(one?.weight).toEqual(zero?.weight)
  // Rank 2 may have timed out a moment before rank 0 did.
  const words = (rank: number) =>
    new RegExp(
      `^rank ${rank}: the ranks cannot be reached, so no more changes are made here: rank [02] waited 10 s for rank 1$`,
    )
  expect(one?.log).toEqual([expect.stringMatching(words(1))])
  expect(two?.log).toEqual([expect.stringMatching(words(2))])
})

test('a change in progress when a rank was killed is applied on none of the others', async () => {
  const dir = runDir()
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.05 }, at: { step: 20 } })
  const [zero, one, two] = await train(dir, 60, ['', 'die-in-setter', ''])
  expect(one).toBe(null)
  expect([zero?.lr, two?.lr]).toEqual([0.1, 0.1])
  expect(two?.weight).toEqual(zero?.weight)
  expect(answers(dir).map(({ cid, decision, error }) => [cid, decision, error])).toEqual([
    ['a', 'failed', 'the ranks cannot be reached: rank 0 waited 5 s for rank 1'],
  ])
  expect(losses(dir)).toEqual([['failed', LOST]])
})

test('a rank that cannot revert a change that failed on another is reported, and its control disabled on all', async () => {
  const dir = runDir()
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.05, weight_decay: 0.5 }, at: { step: 5 } })
  command(dir, { cid: 'b', module: 'opt', op: 'set_params', params: { lr: 0.01 }, at: { step: 9 } })
  const [zero, one] = await train(dir, 40, ['', 'stuck', 'sticky'])
  expect([zero?.lr, one?.lr]).toEqual([0.1, 0.1])
  const lines = ledger(dir).filter(({ module }) => module === 'opt')
  expect(lines.map(({ cid, op, decision, params }) => [cid, op, decision, params])).toEqual([
    ['a', 'set_params', 'failed', { lr: 0.05, weight_decay: 0.5 }],
    [null, 'disable', 'applied', { key: 'lr' }],
    [null, 'disable', 'applied', { key: 'weight_decay' }],
    ['b', 'set_params', 'failed', { lr: 0.01 }],
  ])
  expect(lines[0]).toMatchObject({
    ranks: [1],
    error:
      'rank 1: apply_fn_exception: `weight_decay`: no decay here; rank 2: it could not be reverted: apply_fn_exception: `lr`: lr stays',
  })
  expect(lines.at(-1)?.error).toBe('actuator_disabled: `lr` is disabled: enable it first')
})

test('a checkpoint is saved at its step, no matter where the ranks synchronize, even when they are lost', async () => {
  const [met, lost] = [runDir(), runDir()]
  await train(met, 40, ['', ''], { saveAt: 23 })
  await train(lost, 60, ['', 'die'], { saveAt: 50 })
  for (const [dir, step] of [
    [met, 23],
    [lost, 50],
  ] as const) {
    expect(readdirSync(join(dir, 'hotcb.checkpoints'))).toEqual([`step-${step + 1}`])
    expect(ledger(dir).filter(({ op }) => op === 'checkpoint')).toMatchObject([
      { step, decision: 'applied', source: 'trainer', payload: { step: step + 1 } },
    ])
  }
})

test('a checkpoint is loaded on all ranks, and a rank that cannot load it is reported', async () => {
  const [both, one] = [runDir(), runDir()]
  for (const dir of [both, one]) {
    command(dir, {
      cid: 'a',
      module: 'core',
      op: 'checkpoint',
      params: { action: 'save', tag: 'good' },
      at: { step: 10 },
    })
    command(dir, { cid: 'b', module: 'opt', op: 'set_params', params: { lr: 0.5 }, at: { step: 15 } })
    command(dir, {
      cid: 'c',
      module: 'core',
      op: 'checkpoint',
      params: { action: 'load', tag: 'good' },
      at: { step: 20 },
    })
  }
  const [zero, other] = await train(both, 40)
  expect(other?.weight).toEqual(zero?.weight)
  expect(zero?.weight).toHaveLength(50)
  expect([zero?.lr, other?.lr]).toEqual([0.1, 0.1])
  await train(one, 40, ['', 'no-load'])
  const load = answers(one).find(({ cid }) => cid === 'c')
  expect(load?.notes).toBe('not loaded on every rank: rank 1: this rank registered no `load` for checkpoints')
})

test('a restart restores the state on every rank, and re-applies the later changes on all', async () => {
  const dir = runDir()
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.05 }, at: { step: 10 } })
  command(dir, { cid: 'b', module: 'opt', op: 'set_params', params: { weight_decay: 0.5 }, at: { step: 35 } })
  const whole = await train(dir, 60)
  const again = await train(dir, 60, ['', '', ''], { from: 20 })
  expect(again.map((end) => [end?.lr, end?.decay])).toEqual([
    [0.05, 0.5],
    [0.05, 0.5],
    [0.05, 0.5],
  ])
  expect(again[1]?.weight).toEqual(again[0]?.weight)
  expect(again[2]?.weight).toEqual(again[0]?.weight)
  expect(whole.map((end) => end?.lr)).toEqual([0.05, 0.05])
  expect(ledger(dir).filter(({ of }) => of !== null)).toMatchObject([
    { step: 35, decision: 'applied', source: 'history' },
  ])
})

test('a pause in which a rank is lost ends, because nothing else could end it', async () => {
  const dir = runDir()
  command(dir, { cid: 'a', module: 'core', op: 'pause', at: { step: 20 } })
  const { ranks, ends } = startRanks(dir, ['', '', ''], { steps: 60, timeoutMs: 10_000 })
  const state = join(dir, 'hotcb.applied.jsonl')
  while (!existsSync(state) || answers(dir).length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  ranks[1]?.kill('SIGKILL')
  const [zero, two] = await Promise.all([ends[0], ends[2]])
  expect([zero?.step, two?.step]).toEqual([60, 60])
  expect(two?.weight).toEqual(zero?.weight)
  expect(losses(dir)).toHaveLength(1)
})
