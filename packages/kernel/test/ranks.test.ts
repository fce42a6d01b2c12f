import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { exportRecipe, formatRecipe } from '@hotcb/recipe'
import { describe, expect, test } from 'vitest'
import { createKernel, KernelError } from '../src/index.ts'
import { openKernel } from '../src/node.ts'
import { train } from './rank-training.ts'
import { answers, command, ledger, runDir, toyTrainer } from './run-dir.ts'

const TARGET = { kind: 'file', path: 'probe.mjs', symbol: 'Probe' }

test('ranks in processes apply every live change at the same step, and only rank 0 writes the ledger', async () => {
  const dir = runDir()
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.05 } })
  command(dir, { cid: 'b', module: 'opt', op: 'set_params', params: { lr: 0.01 }, at: { step: 40 } })
  command(dir, { cid: 'c', module: 'opt', op: 'set_params', params: { lrr: 0.01 } })
  command(dir, { cid: 'd', module: 'opt', op: 'set_params', params: { weight_decay: 0.5 }, at: { step: 41 } })
  const [zero, one, two] = await train(dir, 80, ['', '', ''])
  expect(one?.weight).toEqual(zero?.weight)
  expect(two?.weight).toEqual(zero?.weight)
  expect([zero?.lr, one?.lr, two?.lr]).toEqual([0.01, 0.01, 0.01])
  expect([zero?.decay, one?.decay, two?.decay]).toEqual([0.5, 0.5, 0.5])
  expect(answers(dir).map((line) => [line.cid, line.decision, line.ranks])).toEqual([
    ['a', 'applied', null],
    ['c', 'failed', null],
    ['b', 'applied', null],
    ['d', 'applied', null],
  ])
  expect(answers(dir)[2]?.step).toBe(40)
  // The change of step 40 shows in the step after it, on every rank.
  expect(zero?.step).toBe(80)
})

test('if a setter fails on one rank, all restore the old values and the ledger names the rank', async () => {
  const dir = runDir()
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.05, weight_decay: 0.5 } })
  const ends = await train(dir, 40, ['', 'stuck', ''])
  expect(ends.map((end) => [end?.lr, end?.decay])).toEqual([
    [0.1, 0],
    [0.1, 0],
    [0.1, 0],
  ])
  expect(answers(dir)[0]).toMatchObject({
    decision: 'failed',
    ranks: [1],
    error: 'rank 1: apply_fn_exception: `weight_decay`: no decay here',
  })
})

test('a control that one rank cannot restore is disabled on all, and the ledger records it', async () => {
  const dir = runDir()
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.05, weight_decay: 0.5 }, at: { step: 5 } })
  command(dir, { cid: 'b', module: 'opt', op: 'set_params', params: { lr: 0.06 }, at: { step: 9 } })
  await train(dir, 40, ['', 'broken'])
  const lines = ledger(dir).filter((line) => line.module === 'opt')
  expect(lines.map((line) => [line.cid, line.op, line.decision, line.source])).toEqual([
    ['a', 'set_params', 'failed', 'external'],
    [null, 'disable', 'applied', 'kernel'],
    ['b', 'set_params', 'failed', 'external'],
  ])
  expect(lines.at(-1)?.error).toBe('actuator_disabled: `lr` is disabled: enable it first')
})

test('a port that throws stops the commands and not the training', () => {
  const dir = runDir()
  const { optimizer, state } = toyTrainer()
  const broken = {
    rank: 0,
    worldSize: 2,
    broadcast: () => {
      throw new Error('the network is gone')
    },
    allGather: () => [],
  }
  command(dir, { cid: 'a', module: 'opt', op: 'set_params', params: { lr: 0.05 } })
  const kernel = openKernel(dir, { state, lookMs: 0, collective: broken })
  for (let step = 0; step < 5; step++) kernel.apply({ step })
  kernel.close()
  expect(answers(dir)).toEqual([])
  expect(optimizer.paramGroups[0]?.lr).toBe(0.1)
  expect(ledger(dir).filter((line) => line.op === 'collective').length).toBe(1)
})

test('a rank above 0 without a collective is refused, and does not change the directory', () => {
  const dir = runDir()
  openKernel(dir, { rank: 0 }).close()
  const before = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8')
  expect(() => openKernel(dir, { rank: 1 })).toThrow(
    new KernelError('rank-without-collective', `rank 1 needs a \`collective\`: it would take \`${dir}\` from rank 0`),
  )
  expect(readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8')).toBe(before)
})

test('a rank above 0 creates nothing in the directory, even before rank 0 has opened it', () => {
  const dir = runDir()
  const end = '{"kind":"end","next":null,"paused":false,"stop":false,"rewound":null}'
  const collective = { rank: 1, worldSize: 2, broadcast: () => end, allGather: () => [] }
  const { state } = toyTrainer()
  const kernel = openKernel(dir, { rank: 1, collective, state })
  kernel.apply({ step: 0 })
  kernel.close()
  expect(readdirSync(dir)).toEqual([])
})

test('a module that only observes is left to rank 0, and runs only there', async () => {
  const dir = runDir()
  command(dir, { cid: 'a', module: 'cb', op: 'load', id: 'probe', target: TARGET, at: { step: 5 } })
  command(dir, { cid: 'b', module: 'cb', op: 'disable', id: 'probe', at: { step: 7 } })
  const ends = await train(dir, 30, ['', '', ''], { looking: true })
  expect(answers(dir).map(({ cid, decision }) => [cid, decision])).toEqual([
    ['a', 'applied'],
    ['b', 'applied'],
  ])
  expect(ends.map((end) => end?.looked)).toEqual([['load', 'disable'], [], []])
})

test('a rank above 0 accepts only its own collective, and its modules cannot submit', () => {
  const said: string[] = []
  const kernel = createKernel({
    collective: {
      rank: 1,
      worldSize: 2,
      broadcast: () => '{"kind":"end","next":null,"paused":false,"stop":false,"rewound":null}',
      allGather: () => [],
    },
    modules: [{ name: 'm', onEvent: (_event, _env, context) => context.submit({ module: 'opt', op: 'set_params' }) }],
    log: (message) => said.push(message),
  })
  kernel.apply({ step: 0 }, ['train_step_end'])
  kernel.close()
  expect(said).toEqual(['rank 1 may not submit: only rank 0 submits opt set_params'])
})

describe('changes after a load or a save in a pause have the same place on all ranks', () => {
  const at = (line: object, step: number): object => ({ ...line, at: { step } })
  const gad = (op: string, gain: number): object => ({ module: 'gad', op, id: 'g', params: { gain } })
  const rate = (lr: number): object => ({ module: 'opt', op: 'set_params', params: { lr } })
  const checkpoint = (action: string): object => ({ module: 'core', op: 'checkpoint', params: { action, tag: 'k' } })
  const core = (op: string): object => ({ module: 'core', op })

  test.each([
    [
      'a load, a lower rate and a module loaded again',
      [
        at(gad('load', 2), 5),
        at(checkpoint('save'), 10),
        ...[checkpoint('load'), rate(0.05), gad('load', 3)].map((line) => at(line, 30)),
      ],
      [],
    ],
    [
      'a save in a pause, and a module loaded again',
      [at(gad('load', 2), 5), at(core('pause'), 20)],
      [checkpoint('save'), gad('load', 5), rate(0.02), core('resume')],
    ],
  ])(
    '%s: their weights are equal, and equal to those of a strict replay on the same number of ranks',
    async (_name, first, inPause) => {
      const dir = runDir()
      for (const line of first) command(dir, line)
      const trained = train(dir, 45, ['', ''], { counting: true, timeoutMs: 60_000 })
      if (inPause.length > 0) {
        while (!existsSync(join(dir, 'hotcb.state.json')) || !stateOf(dir).paused) await setTimeout(10)
        for (const line of inPause) command(dir, line)
      }
      const [zero, one] = await trained
      expect(one?.weight).toEqual(zero?.weight)
      const recipe = exportRecipe(ledger(dir))
      if (!recipe.ok) throw new Error(recipe.reason)
      expect(recipe.value.entries.some(({ at: { after, end } }) => after === true || end === true)).toBe(true)

      const copy = runDir()
      writeFileSync(join(copy, 'hotcb.recipe.jsonl'), formatRecipe(recipe.value.entries))
      writeFileSync(join(copy, 'hotcb.freeze.json'), JSON.stringify({ mode: 'replay', policy: 'strict' }))
      const replayed = await train(copy, 45, ['', ''], { counting: true, timeoutMs: 60_000 })
      expect(replayed.map((end) => end?.weight.at(-1))).toEqual([zero?.weight.at(-1), zero?.weight.at(-1)])
      expect(replayed.map((end) => end?.log.filter((message) => message.includes('strict')))).toEqual([[], []])
    },
    240_000,
  )
})

function stateOf(dir: string): { readonly paused: boolean } {
  return JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8'))
}

test('ranks apply the value that rank 0 resolved', async () => {
  const dir = runDir()
  const halve = { module: 'opt', op: 'set_params', params: { lr: { mul: 0.5 } } }
  command(dir, { ...halve, at: { step: 20 } })
  command(dir, { ...halve, at: { step: 40 } })
  const ends = await train(dir, 60, ['', ''])
  expect(ends.map((end) => end?.lr)).toEqual([0.025, 0.025])
  expect(answers(dir).map(({ payload }) => payload)).toEqual([{ lr: 0.05 }, { lr: 0.025 }])
})
