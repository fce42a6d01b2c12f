import type { ModuleContext } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { type Arm, createArms, createArmsBeside, type Steered, TASKS, type Trained, train } from '../src/index.ts'
import { CHANCE } from '../src/train.ts'

function armOf(name: string): Arm {
  const arm = createArms().find((one) => one.name === name)
  if (arm === undefined) throw new Error(name)
  return arm
}

/** A training run of some steps, with a clock that advances by a second at each check. */
function trained(taskName: string, arm: Arm, budget: number): Promise<Trained> {
  const task = TASKS.find(({ name }) => name === taskName)
  if (task === undefined) throw new Error(taskName)
  let now = 100
  return train({ task, arm, seed: 1, budget, clock: () => now++ })
}

/** An arm that does nothing, and records the reports of a step. */
function watching(seen: (step: number, metrics: Readonly<Record<string, unknown>>) => void, more?: Partial<Arm>): Arm {
  const watch = {
    name: 'watch',
    onSafePoint: ({ step, metrics }: { step: number | bigint | null; metrics?: object }) => {
      seen(Number(step), { ...metrics })
    },
  }
  return { name: 'watching', title: '', modules: () => [watch], ...more }
}

test('an early stopper ends the run after six evaluations without a better loss', () => {
  const stop = (losses: readonly number[]): readonly boolean[] => {
    const isOver = armOf('early').stopper?.()
    return losses.map((loss) => isOver?.(loss) === true)
  }
  expect(stop([3, 2, 2, 2, 2, 2, 2, 2])).toEqual([false, false, false, false, false, false, false, true])
  expect(stop([3, 4, 4, 4, 4, 4, 2.9, 4, 4, 4, 4, 4, 4]).indexOf(true)).toBe(12)
  expect(stop([3, Number.NaN, Number.NaN, 2, 4, 4, 4, 4, 4, 4]).indexOf(true)).toBe(9)
})

/** Feeds losses to the arm `halve`, one every ten steps, and returns the steps at which the rate is set, with the rate. */
function halvings(losses: readonly (number | null)[]): readonly (readonly [step: number, rate: unknown])[] {
  const made: (readonly [number, unknown])[] = []
  let acted = 0
  const steered: Partial<Steered> = { acted: () => acted++ }
  // The arm reads no other field of either.
  const [module] = armOf('halve').modules?.(steered as Steered) ?? []
  losses.forEach((loss, at) => {
    const submit: ModuleContext['submit'] = ({ module: to, op, params }) => {
      made.push([at * 10, params?.['lr']])
      expect([to, op]).toEqual(['opt', 'set_params'])
      return ''
    }
    const controls = [
      { param_key: 'momentum', current: 0.9 },
      { param_key: 'lr', current: 0.4 },
    ]
    const context = { submit, controls } as unknown as ModuleContext
    module?.onSafePoint?.({ step: at * 10, ...(loss !== null && { metrics: { val_loss: loss } }) }, context)
  })
  expect(acted).toBe(made.length)
  return made
}

const FALL = Array.from({ length: 10 }, (_, at) => 2 - 0.15 * at)
const flat = (count: number): number[] => Array.from({ length: count }, (_, at) => 0.5 + 0.001 * (at % 2))

test('the rate is halved on a plateau, and not while the loss falls', () => {
  expect(halvings(FALL)).toEqual([])
  const [first] = halvings([...FALL, ...flat(12)])
  expect(first?.[1]).toBe(0.2)
  expect(first?.[0]).toBeGreaterThan(100)
})

test('between two cuts there are at least sixteen evaluations, and steps without one do not count', () => {
  const steps = halvings([...FALL, ...flat(60)]).map(([step]) => step)
  expect(steps.length).toBeGreaterThan(2)
  expect(steps.slice(1).map((step, at) => step - (steps[at] ?? 0))).toEqual(steps.slice(1).map(() => 170))
  const rare = [...FALL, ...flat(60)].flatMap((loss) => [loss, null])
  expect(halvings(rare).map(([step]) => step)).toEqual(steps.map((step) => 2 * step))
})

test('recorded commands are sent after their number of computed steps', async () => {
  const rates: number[] = []
  const recorded = armOf('recorded')
  const task = TASKS.find(({ name }) => name === 'low')
  if (task === undefined) throw new Error('low')
  const command = { module: 'opt', op: 'set_params', params: { lr: 0.25 } } as const
  const arm = watching((_, { lr }) => void rates.push(Number(lr)), { name: 'recorded' })
  const both: Arm = {
    ...arm,
    modules: (steered) => [...(recorded.modules?.(steered) ?? []), ...(arm.modules?.(steered) ?? [])],
  }
  const told = {
    ...task,
    recorded: [
      { after: 3, command },
      { after: 99, command },
    ],
  }
  const { actions } = await train({ task: told, arm: both, seed: 1, budget: 6, clock: () => 0 })
  // A command is applied at the safe point after the one that sends it, and has an effect on the step after that.
  expect(rates.map((rate) => rate === 0.25)).toEqual([false, false, false, false, true, true])
  expect(actions).toBe(1)
})

test('the case studies are for the arm that repeats their commands, and each command has a step within the budget', () => {
  const only = armOf('recorded').tasks ?? []
  expect(only).toEqual(TASKS.filter(({ recorded }) => recorded !== undefined).map(({ name }) => name))
  expect(createArms().filter(({ tasks }) => tasks !== undefined)).toHaveLength(1)
  for (const { recorded = [] } of TASKS) {
    const places = recorded.map(({ after }) => after)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(places.every((after) => after > 0 && after < 2000)).toBe(true)
  }
})

test('the arms for a trainer in another process are those that need nothing inside it', () => {
  const beside = createArmsBeside()
  expect(beside.map(({ name }) => name)).toEqual(['nothing', 'a-a', 'early', 'rules', 'llm', 'llm-first'])
  expect(beside.every(({ modules }) => modules === undefined)).toBe(true)
  expect(beside.filter((arm) => arm.beside !== undefined).map(({ name }) => name)).toEqual([
    'rules',
    'llm',
    'llm-first',
  ])
  expect(beside.find(({ name }) => name === 'rules')?.title).toBe(armOf('rules').title)
})

test('rows of a stand-in are marked, those of a real model have its name', () => {
  const shown = (arms: readonly Arm[]) =>
    arms.filter(({ beside }) => beside).map(({ name, mark, model }) => ({ name, mark, model }))
  const names = ['llm', 'llm-first', 'tune-llm']
  expect(shown(createArms())).toEqual(names.map((name) => ({ name, mark: 'stand-in' })))
  const real = createArms({ config: { model: 'a-model' }, budgetUsd: 1, env: {} })
  expect(shown(real)).toEqual(names.map((name) => ({ name, model: 'a-model' })))
  expect(real.find(({ name }) => name === 'llm')?.title).toContain('a-model')
})

test('an untouched run spends its budget, measures its time and takes no action', async () => {
  const plain = await trained('good', { name: 'nothing', title: '' }, 50)
  expect(plain).toMatchObject({ steps: 50, last: 50, actions: 0, seconds: 1, usd: 0, tokens: 0 })
  expect(plain.loss).toBeLessThan(CHANCE)
  const faster = await trained('good', { name: 'faster', title: '', factor: 2 }, 50)
  expect(faster.weights).not.toBe(plain.weights)
  expect((await trained('good', armOf('a-a'), 50)).weights).not.toBe(plain.weights)
})

test("steps in addition to the run's own count against its budget, and a run without modules reports no actions", async () => {
  const steps: number[] = []
  const counts = watching((step) => void steps.push(step))
  const twice: Arm = {
    ...counts,
    modules: (steered) => {
      steered.count(8)
      steered.acted()
      return counts.modules?.(steered) ?? []
    },
  }
  expect(await trained('good', twice, 20)).toMatchObject({ steps: 20, last: 12, actions: 1 })
  expect(steps).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
})

test('a bad rate that the task sets is set once at its step, and is not an action of the arm', async () => {
  const rates = new Map<number, unknown>()
  const { actions } = await trained(
    'plateau',
    watching((step, { lr }) => rates.set(step, lr)),
    92,
  )
  expect([rates.get(87), rates.get(88), rates.get(91)]).toEqual([0.05, 0.05, 0.0005])
  expect(actions).toBe(0)
})

test('a stopper is called only at evaluations, and ends the training run', async () => {
  const asked: number[] = []
  const stopper = () => (loss: number) => asked.push(loss) > 1
  expect(await trained('good', { name: 'stops', title: '', stopper }, 200)).toMatchObject({ steps: 88, last: 88 })
  expect(asked).toHaveLength(2)
})

test('the arms are closed and the run directory is removed, even if an arm fails', async () => {
  const closed: string[] = []
  const fails: Arm = {
    name: 'fails',
    title: '',
    beside: ({ dir }) => ({
      look: () => Promise.reject(new Error(`cannot read ${dir}`)),
      cost: { usd: 0, tokens: 0 },
      close: () => void closed.push(dir),
    }),
  }
  await expect(trained('good', fails, 100)).rejects.toThrow(/^cannot read /)
  expect(closed).toHaveLength(1)
})

test("random moves change the rate within the tuner's factor", async () => {
  const rates = new Set<number>()
  const random = armOf('random')
  const watch = watching((_, { lr }) => void rates.add(Number(lr)))
  const both: Arm = {
    ...random,
    modules: (steered) => [...(random.modules?.(steered) ?? []), ...(watch.modules?.(steered) ?? [])],
  }
  const { actions } = await trained('good', both, 700)
  expect(actions).toBeGreaterThan(0)
  expect(rates.size).toBeGreaterThan(1)
  const [least, most] = [Math.min(...rates), Math.max(...rates)]
  expect(most / least).toBeLessThan(10 ** 3)
})
