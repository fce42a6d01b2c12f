import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'
import { runDemo } from '../src/index.ts'
import type { Team } from '../src/ranks/team.ts'
import { command, document, ledger, paper, temporaryDir } from './run-support.ts'

// The other ranks always agree.
const told = vi.hoisted(() => ({
  ...{ calls: [] as unknown[], weights: null as string | null, lost: false, failure: null as Error | null },
}))
vi.mock('../src/ranks/team.ts', () => ({
  startTeam(plan: { ranks: number }): Team {
    const tell = (...call: unknown[]): void => void told.calls.push(call)
    tell('start', plan.ranks)
    const agreed = JSON.stringify({ ok: true })
    return {
      collective: { rank: 0, worldSize: 2, broadcast: (text) => text ?? '', allGather: (text) => [text, agreed] },
      pids: [7],
      async ready() {
        tell('ready')
        if (told.failure !== null) throw told.failure
      },
      begin: async (step, checkpoint) => tell('begin', step, checkpoint),
      async trainStep(trainer, step) {
        tell('train', step)
        return { ...trainer.trainStep(step), gradNorm: 42 }
      },
      advance: async ({ step, epoch, maxSteps, phase }, events) =>
        tell('advance', { step, epoch, maxSteps, phase }, events),
      async end(weights) {
        tell('end')
        return { ranks: [{ weights }, told.lost ? { lost: 'rank 1 fell' } : { weights: told.weights ?? weights }] }
      },
      close: () => tell('close'),
    }
  },
}))

beforeEach(() => {
  told.calls = []
  told.weights = null
  told.lost = false
  told.failure = null
})

test('ranks are ready before the run begins, and go through each step together', async () => {
  const dir = temporaryDir()
  const screen = paper()
  expect(await runDemo({ dir, maxSteps: 2, ranks: 2, screen })).toBe(0)
  const at = (step: number) => ({ step, epoch: 0, maxSteps: 2, phase: 'train' })
  expect(told.calls).toEqual([
    ['start', 2],
    ['ready'],
    ['begin', 0, null],
    ['train', 0],
    ['advance', at(0), ['train_step_end']],
    ['train', 1],
    ['advance', at(1), ['train_step_end']],
    ['end'],
    ['close'],
  ])
  expect(document(dir, 'hotcb.run.json')).toMatchObject({ ranks: 2, final_metrics: { grad_norm: 42 } })
  const weights = document(dir, 'hotcb.run.json')['weights_sha256']
  expect(screen.text()).toContain(`\n2 ranks, same weights: ${weights}\n`)
  expect(screen.text()).toContain(`\n2 ranks: rank 0 is process ${process.pid}, rank 1 is process 7\n`)
})

test('ranks with different weights make the run fail', async () => {
  told.weights = 'other'
  const screen = paper()
  expect(await runDemo({ dir: temporaryDir(), maxSteps: 1, ranks: 2, screen })).toBe(1)
  expect(screen.text()).toContain('\n2 ranks, with different weights:\n')
})

test('a lost rank does not make the run fail', async () => {
  told.lost = true
  const screen = paper()
  expect(await runDemo({ dir: temporaryDir(), maxSteps: 1, ranks: 2, screen })).toBe(0)
  expect(screen.text()).toContain('\nLost during training: rank 1 fell\n1 of 2 ranks at the end\n')
})

test('ranks continue from the checkpoint of the run', async () => {
  const dir = temporaryDir()
  await runDemo({ dir, maxSteps: 3, ranks: 2, screen: paper() })
  told.calls = []
  await runDemo({ dir, continue: true, maxSteps: 4, screen: paper() })
  expect(told.calls.slice(2, 4)).toEqual([
    ['begin', 3, join(dir, 'hotcb.checkpoints', 'step-3')],
    ['train', 3],
  ])
})

test('if ranks do not start, the run ends and nothing is recorded', async () => {
  told.failure = new Error('not all ranks could be started')
  const dir = temporaryDir()
  await expect(runDemo({ dir, maxSteps: 3, ranks: 2, screen: paper() })).rejects.toThrow('could be started')
  expect(told.calls).toEqual([['start', 2], ['ready'], ['close']])
  rmSync(dir, { recursive: true })
  told.calls = []
  await expect(runDemo({ dir, maxSteps: 3, ranks: 1, screen: paper() })).resolves.toBe(0)
  expect(told.calls).toEqual([])
})

test('only a process that trains alone can skip data', async () => {
  const decisionWith = async (ranks: number): Promise<unknown> => {
    const dir = temporaryDir()
    command(dir, { cid: 'a', module: 'ctl', op: 'call', id: 'data.skip', params: { args: [1, 2] } })
    await runDemo({ dir, maxSteps: 2, ranks, screen: paper() })
    return ledger(dir).find(({ cid }) => cid === 'a')?.decision
  }
  expect([await decisionWith(1), await decisionWith(2)]).toEqual(['applied', 'failed'])
})
