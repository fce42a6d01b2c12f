import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { exportRecipe, formatRecipe } from '@hotcb/recipe'
import { describe, expect, test } from 'vitest'
import { train } from './rank-training.ts'
import { answers, command, ledger, runDir } from './run-dir.ts'

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
    900_000,
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
