import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LedgerLine, SubmittedOp } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import type { Arm } from '../src/arm.ts'
import { CHANCE, train } from '../src/train.ts'
import { scriptedTask, textOf } from './scripted-trainer.ts'

/** A clock that advances by five seconds at each check. */
function clock(): () => number {
  let now = 100
  return () => {
    now += 5
    return now
  }
}

/** An arm that submits commands at steps, and records what a safe point reports. */
function sends(commands: Readonly<Record<number, SubmittedOp>>, seen: object[] = []): Arm {
  const module = {
    name: 'sends',
    onSafePoint: (env: { readonly step: number }, { submit }: { submit(op: SubmittedOp): unknown }) => {
      seen.push(env)
      const command = commands[env.step]
      if (command !== undefined) submit(command)
    },
  }
  return { name: 'sends', title: '', modules: () => [module] }
}

function ledger() {
  const lines: LedgerLine[] = []
  return { lines, onLedger: (all: readonly LedgerLine[]): void => void lines.push(...all) }
}

const UNTOUCHED: Arm = { name: 'nothing', title: '' }
const COST = { usd: 0, tokens: 0, seconds: 5, weights: 'abc' }

test('an untouched run trains each step of its budget, is evaluated after each epoch, and finally on all digits', async () => {
  const { task, calls } = scriptedTask([1, 0.5, 0.25])
  const trained = await train({ task, arm: UNTOUCHED, seed: 7, budget: 9, clock: clock() })
  expect(trained).toEqual({ ...COST, loss: 0.25, accuracy: 0.5, steps: 9, last: 9, actions: 0 })
  expect(calls).toEqual({
    created: [[7, 1]],
    steps: [0, 1, 2, 3, 4, 5, 6, 7, 8],
    evaluated: [undefined, undefined, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    skipped: [],
    disposed: 1,
  })
})

test('a safe point gets step, epoch, remaining steps and metrics, and those of the test set after an epoch', async () => {
  const seen: object[] = []
  const { task, calls } = scriptedTask([1, 0.5])
  await train({ task, arm: { ...sends({}, seen), factor: 3 }, seed: 1, budget: 5, clock: clock() })
  const metrics = { train_loss: 2, accuracy: 0.25, grad_norm: 3, lr: expect.closeTo(0.3, 12), 'loss/main': 2 }
  expect(seen).toMatchObject([
    { step: 0, epoch: 0, maxSteps: 5, metrics },
    { step: 1, epoch: 0, maxSteps: 5, metrics },
    { step: 2, epoch: 0, maxSteps: 5, metrics },
    { step: 3, epoch: 0, maxSteps: 5, metrics: { ...metrics, val_loss: 1, val_accuracy: 0.5 } },
    { step: 4, epoch: 1, maxSteps: 5, metrics },
  ])
  expect(Object.keys(seen[2] ?? {})).toEqual(Object.keys(seen[4] ?? {}))
  expect((seen[4] as { metrics: object }).metrics).not.toHaveProperty('val_loss')
  expect(calls.created).toEqual([[1, 3]])
})

test('events report each step, and each evaluation', async () => {
  const events: string[] = []
  const module = {
    name: 'listens',
    onEvent: (event: string, { step }: { readonly step: number }) => void events.push(`${step} ${event}`),
  }
  const { task } = scriptedTask([1])
  const arm: Arm = { name: 'listens', title: '', modules: () => [module] }
  await train({ task, arm, seed: 1, budget: 4, clock: clock() })
  expect(events).toEqual([
    '0 train_step_end',
    '1 train_step_end',
    '2 train_step_end',
    '3 train_step_end',
    '3 val_epoch_end',
  ])
})

test.each([Number.NaN, Number.POSITIVE_INFINITY, CHANCE + 1])(
  'a final loss of %d counts as that of guessing',
  async (loss) => {
    const { task } = scriptedTask([loss])
    expect((await train({ task, arm: UNTOUCHED, seed: 1, budget: 1, clock: clock() })).loss).toBe(CHANCE)
  },
)

test('applied commands are actions, except those of the core and those that the task itself sends', async () => {
  const set = { module: 'opt', op: 'set_params', params: { lr: 0.2 } }
  const { task } = scriptedTask([1], { spoilt: { step: 1, lr: 0.01 } })
  const commands = {
    2: set,
    3: { module: 'core', op: 'checkpoint', params: { action: 'save', tag: 'one' } },
    4: { ...set, params: { lr: -1 } },
    5: set,
  }
  const seen: { metrics?: { lr?: number } }[] = []
  const { lines, onLedger } = ledger()
  const trained = await train({ task, arm: sends(commands, seen), seed: 1, budget: 8, clock: clock(), onLedger })
  expect(trained.actions).toBe(2)
  expect(lines.filter(({ module }) => module === 'opt').map(({ source, decision }) => [source, decision])).toEqual([
    ['cli', 'applied'],
    ['sends', 'applied'],
    ['sends', 'failed'],
    ['sends', 'applied'],
  ])
  expect(seen.map(({ metrics }) => metrics?.lr)).toEqual([0.1, 0.1, 0.01, 0.01, 0.2, 0.2, 0.2, 0.2])
})

test('a rollback repeats steps, costs budget, and does not spoil the rate a second time', async () => {
  const { task, calls } = scriptedTask([1], { spoilt: { step: 2, lr: 0.01 } })
  const checkpoint = (action: string): SubmittedOp => ({
    module: 'core',
    op: 'checkpoint',
    params: { action, tag: 'a' },
  })
  let loads = 0
  const base = sends({ 0: checkpoint('save') })
  const seen: number[] = []
  const totals: unknown[] = []
  const loader = {
    name: 'loads',
    onSafePoint: (
      { step, maxSteps }: { step: number; maxSteps?: number },
      { submit }: { submit(op: SubmittedOp): unknown },
    ) => {
      seen.push(step)
      totals.push(maxSteps)
      if (step === 3 && loads++ === 0) submit(checkpoint('load'))
    },
  }
  const arm: Arm = { ...base, modules: (steered) => [...(base.modules?.(steered) ?? []), loader] }
  const { lines, onLedger } = ledger()
  const trained = await train({ task, arm, seed: 1, budget: 9, clock: clock(), onLedger })
  expect(trained.steps).toBe(9)
  expect(trained.last).toBe(9 - (calls.steps.length - new Set(calls.steps).size))
  expect(trained.last).toBeLessThan(9)
  expect(totals.at(-1)).toBe(trained.last)
  expect(lines.filter(({ source }) => source === 'cli')).toHaveLength(1)
})

test('a run that someone pauses ends there', async () => {
  const { task } = scriptedTask([1])
  const arm = sends({ 2: { module: 'core', op: 'pause' } })
  expect(await train({ task, arm, seed: 1, budget: 9, clock: clock() })).toMatchObject({
    steps: 4,
    last: 4,
    actions: 0,
  })
})

test('a stopper gets the loss of each evaluation, and ends the run', async () => {
  const asked: number[] = []
  const arm: Arm = { name: 'stops', title: '', stopper: () => (loss) => asked.push(loss) === 2 }
  const { task } = scriptedTask([1, 0.5, 0.25])
  expect(await train({ task, arm, seed: 1, budget: 30, clock: clock() })).toMatchObject({ steps: 8, loss: 0.25 })
  expect(asked).toEqual([1, 0.5])
})

test('an arm that prepares a run directory gets the task and the budget, and sets the number of steps', async () => {
  const { task } = scriptedTask([1])
  const tick = clock()
  const places: object[] = []
  const prepare: Arm['prepare'] = (place) => {
    places.push({ ...place, dir: existsSync(place.dir) })
    return Promise.resolve(3)
  }
  const trained = await train({ task, arm: { name: 'p', title: '', prepare }, seed: 2, budget: 9, clock: tick })
  expect(trained.steps).toBe(3)
  expect(places).toEqual([{ dir: true, task, seed: 2, budget: 9, clock: tick }])
})

test('an outside agent reads the controls of the evaluated step, its cost and actions count, and it is closed', async () => {
  const { task, calls } = scriptedTask([1])
  const looks: unknown[] = []
  let dir = ''
  const arm: Arm = {
    ...sends({ 1: { module: 'opt', op: 'set_params', params: { lr: 0.4 } } }),
    beside: (watched) => {
      dir = watched.dir
      watched.acted()
      watched.acted()
      return {
        look: (step) => {
          const { controls } = JSON.parse(textOf(join(dir, 'hotcb.actuators.json')) ?? '')
          looks.push([step, controls.find((one: { param_key: string }) => one.param_key === 'lr')?.current])
          return Promise.resolve()
        },
        cost: { usd: 0.5, tokens: 70 },
        close: () => looks.push('closed'),
      }
    },
  }
  const trained = await train({ task, arm, seed: 1, budget: 9, clock: clock() })
  expect(trained).toMatchObject({ actions: 2, usd: 0.5, tokens: 70 })
  expect(looks).toEqual([[3, 0.4], [7, 0.4], 'closed'])
  expect([existsSync(dir), calls.disposed]).toEqual([false, 1])
})

test('without modules and an agent, commands in the directory are not actions of the arm', async () => {
  const { task } = scriptedTask([1])
  const command = { module: 'opt', op: 'set_params', params: { lr: 0.2 }, cid: 'c-1', source: 'api' }
  const prepare: Arm['prepare'] = ({ dir, budget }) => {
    writeFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify(command)}\n`)
    return Promise.resolve(budget)
  }
  const { lines, onLedger } = ledger()
  const arm: Arm = { name: 'plain', title: '', prepare }
  expect(await train({ task, arm, seed: 1, budget: 4, clock: clock(), onLedger })).toMatchObject({ actions: 0 })
  expect(lines.map(({ source, decision }) => [source, decision])).toContainEqual(['api', 'applied'])
})

test('only a task that can skip data has a control for it', async () => {
  const call = { module: 'ctl', op: 'call', id: 'data.skip', params: { args: [5, 9] } }
  const decisions = async (hasDataSkip: boolean) => {
    const { task, calls } = scriptedTask([1], { hasDataSkip })
    const { lines, onLedger } = ledger()
    await train({ task, arm: sends({ 1: call }), seed: 1, budget: 4, clock: clock(), onLedger })
    return [lines.filter(({ module }) => module === 'ctl').map(({ decision }) => decision), calls.skipped]
  }
  expect(await decisions(true)).toEqual([['applied'], [[5, 9]]])
  expect((await decisions(false))[1]).toEqual([])
})
