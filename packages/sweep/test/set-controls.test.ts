import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, floatActuator } from '@hotcb/actuators'
import { openKernel } from '@hotcb/kernel/node'
import { openRunDirectory } from '@hotcb/run/node'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type SetOutcome, setControls } from '../src/node/set-controls.ts'
import { attemptIn, type WrittenWorkspace, writtenWorkspace } from './written-workspace.ts'

const YAML = `name: t
launcher: ./l.sh
grid: all
parameters:
  x: {type: discrete, values: [1, 2, 3, 4]}
`

/** Trials 0 and 1 are training, trial 2 is running without a kernel, and trial 3 has not been started. */
interface Training extends WrittenWorkspace {
  /** Makes step 7 in trials 0 and 1. */
  step(): void
  commandsOf(i: number): boolean
  /** The latest line of a ledger. */
  newest(i: number): unknown
  /** The latest command. */
  asked(i: number): unknown
}

async function training(): Promise<Training> {
  const sweep = await writtenWorkspace(
    YAML,
    [1, 2, 3, 4].map((x) => ({ x })),
    ...[0, 1, 2].flatMap((i) => attemptIn(i, 'running')),
  )
  const dirOf = (i: number): string => join(sweep.workspace.paths.results, String(i))
  const kernels = [0, 1].map((i) => {
    mkdirSync(dirOf(i), { recursive: true })
    const values: Record<string, number> = { lr: 0.5, wd: 0.25, alpha: 1 }
    const control = (key: string, group = 'optimizer') =>
      floatActuator({
        key,
        group,
        min: 0,
        max: 1,
        get: () => values[key] ?? 0,
        set: (value) => {
          if (key === 'alpha') throw new Error('it cannot be set')
          values[key] = value
        },
      })
    const kernel = openKernel(dirOf(i), {
      state: createMutableState([control('lr'), control('wd'), control('alpha', 'loss')]),
      lookMs: 0,
    })
    onTestFinished(() => kernel.close())
    kernel.continueFrom({ step: 6, maxSteps: 100 })
    return kernel
  })
  return {
    ...sweep,
    step() {
      for (const kernel of kernels) kernel.apply({ step: 7, maxSteps: 100 })
    },
    commandsOf: (i) => existsSync(join(dirOf(i), 'hotcb.commands.jsonl')),
    newest: (i) => openRunDirectory(dirOf(i)).last('ledger', 1)[0]?.value,
    asked: (i) =>
      JSON.parse(
        readFileSync(join(dirOf(i), 'hotcb.commands.jsonl'), 'utf8')
          .trim()
          .split('\n')
          .at(-1) ?? '',
      ),
  }
}

/** Sends a change, makes a step once it has been sent, and returns the outcomes. */
async function answered(sweep: Training, ...typed: readonly string[]): Promise<readonly SetOutcome[]> {
  const setting = setControls(sweep.workspace, { indices: [0, 1, 3] }, { typed, waitSeconds: 60 })
  const sent = vi.waitFor(() => expect([0, 1].map(sweep.commandsOf)).toEqual([true, true]), { timeout: 300_000 })
  const [outcomes] = await Promise.all([setting, sent.then(() => sweep.step())])
  return outcomes
}

test("a change of several trials is sent to the running ones, and shows each kernel's decision", async () => {
  const text = 'step 7: lr 0.5 → 0.125, wd 0.25 → 0.5'
  expect(await answered(await training(), 'lr=0.125', 'wd=0.5')).toEqual([
    { i: 0, decision: 'applied', step: 7, text },
    { i: 1, decision: 'applied', step: 7, text },
  ])
})

test('the decision about a change is the worst decision about its parts', async () => {
  const sweep = await training()
  const outcomes = await answered(sweep, 'lr=0.125', 'alpha=0.5')
  expect(outcomes.map(({ i, step }) => [i, step])).toEqual([[0, 7], [1, 7]]) // biome-ignore format: pairs
  expect(outcomes[0]).toEqual({
    i: 0,
    decision: 'failed',
    step: 7,
    text: 'step 7: lr 0.5 → 0.125; alpha = 0.5: failed: the trainer could not set `alpha`: it cannot be set',
  })
})

test('a change that is not awaited is queued, with its note and its author', async () => {
  const sweep = await training()
  const typed = ['lr=0.125', '--note=too high']
  const queued = await setControls(sweep.workspace, { index: 0 }, { typed, waitSeconds: 0, author: 'ann' })
  expect(queued).toEqual([{ i: 0, decision: null, step: null, text: 'queued' }])
  expect([0, 1].map(sweep.commandsOf)).toEqual([true, false])
  sweep.step()
  expect(sweep.newest(0)).toMatchObject({ source: 'sweep', author: 'ann', payload: { lr: 0.125 } })
  expect(sweep.asked(0)).toMatchObject({ source: 'sweep', author: 'ann', note: 'too high', params: { lr: 0.125 } })
  await setControls(sweep.workspace, { index: 0 }, { typed: ['wd=0.5'], waitSeconds: 0 })
  sweep.step()
  expect(sweep.newest(0)).toMatchObject({ source: 'sweep', author: null, payload: { wd: 0.5 } })
  for (const key of ['note', 'author']) expect(sweep.asked(0)).not.toHaveProperty(key)
})

test('a change for a later step has no answer yet', async () => {
  const sweep = await training()
  const typed = ['lr=0.125', '--at=50']
  const queued = await setControls(sweep.workspace, { index: 0 }, { typed, waitSeconds: 0.001 })
  expect(queued).toEqual([{ i: 0, decision: null, step: null, text: 'queued' }])
  sweep.step()
  expect(sweep.newest(0)).toMatchObject({ op: 'attempt' })
})

test('a trial that cannot be changed is reported with the reason, and the others are changed', async () => {
  const { workspace } = await training()
  const set = (typed: string, selection: object) =>
    setControls(workspace, selection, { typed: [typed], waitSeconds: 0 })
  const failed = (i: number, text: string): SetOutcome => ({ i, decision: 'failed', step: null, text })
  const closed = 'its trainer has not opened a run directory'
  expect(await set('lr=0.125', { all: true })).toEqual([
    { i: 0, decision: null, step: null, text: 'queued' },
    { i: 1, decision: null, step: null, text: 'queued' },
    failed(2, closed),
  ])
  expect(await set('lr=0.125', { index: 3 })).toEqual([failed(3, closed)])
  expect(await set('nosuch=1', { index: 0 })).toEqual([
    failed(0, expect.stringMatching(/^unknown key `nosuch`: choose from lr, wd, /)),
  ])
  await expect(set('lr=1', { indices: [3] })).rejects.toThrow(
    'no trial is running; use `herd status` to see their states',
  )
  await expect(set('lr=1', { index: 9 })).rejects.toThrow('trial 9 does not exist')
})
