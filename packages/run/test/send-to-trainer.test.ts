import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRun } from '../src/node.ts'
import { temporaryDirectory } from './directory.ts'
import { buildTrainer, killAll, removeTrainer, startTrainer } from './trainer.ts'

beforeAll(buildTrainer)
afterAll(removeTrainer)

const LR = { module: 'opt', op: 'set_params', params: { lr: 0.01 } }

test('a value that a control would not accept is refused before anything is written', async () => {
  const dir = temporaryDirectory()
  await startTrainer(dir)
  const run = openRun(dir)
  const wrong = { ...LR, params: { lr: -1 } }
  expect(() => run.send([wrong], { source: 'api' })).toThrow(/^`lr` must be greater than 0, got -1$/)
  const error = thrown(() => run.send([LR, wrong], { source: 'api' }))
  expect(error).toMatchObject({ code: 'unfit', message: 'command 2: `lr` must be greater than 0, got -1' })
  expect(existsSync(run.path('commands'))).toBe(false)
})

function thrown(task: () => unknown): unknown {
  try {
    return task()
  } catch (error) {
    return error
  }
}

describe('answers', () => {
  test('come from a real trainer, one for each command', async () => {
    const dir = temporaryDirectory()
    await startTrainer(dir)
    const run = openRun(dir)
    const { cids, from } = run.send([LR, { ...LR, params: { scheduler_scale: 0.5 } }], { source: 'api', author: 'ann' })
    const { end, lines } = await run.answers(cids, { from, timeoutMs: 60_000 })
    expect([end, lines.map(({ cid, decision }) => [cid, decision])]).toEqual([
      'answered',
      [
        [cids[0], 'applied'],
        [cids[1], 'failed'],
      ],
    ])
    expect(lines[0]).toMatchObject({ author: 'ann', source: 'api', payload: { lr: 0.01 } })
  })

  test('are no longer awaited when the trainer is killed, at the timeout, or when the caller aborts', async () => {
    const dir = temporaryDirectory()
    const trainer = await startTrainer(dir)
    trainer.kill('SIGSTOP')
    const run = openRun(dir)
    const { cids, from } = run.send([LR], { source: 'api' })
    expect((await run.answers(cids, { from, timeoutMs: 1 })).end).toBe('timeout')
    const controller = new AbortController()
    const waiting = run.answers(cids, { from, timeoutMs: 60_000, signal: controller.signal })
    controller.abort()
    expect((await waiting).end).toBe('aborted')
    const dead = run.answers(cids, { from, timeoutMs: 60_000 })
    await killAll(trainer)
    expect(await dead).toEqual({ end: 'dead', lines: [] })
  })
})
