import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { attemptIn, curve, type WrittenWorkspace, writtenWorkspace } from '../../../../../packages/sweep/test/written-workspace.ts' // biome-ignore format: one line
import { configOfStage, type OpenSweep, openSweep } from '../../../src/server/sweeps/open-sweep.ts'

const HEAD = 'name: grid\nlauncher: ./l.sh\nparameters:\n  x: {type: int, low: 1, high: 100}\ngrid: all\n'
const LOSS = 'objective: {metric: loss, direction: max, value: best}\n'

function trials(count: number): { readonly x: number }[] {
  return Array.from({ length: count }, (_, i) => ({ x: i + 1 }))
}

function opened({ root }: WrittenWorkspace): OpenSweep {
  const sweep = openSweep(root)
  onTestFinished(() => sweep.close())
  return sweep
}

test('the objective is that of the config, of early stopping, of a stage, or else the first metric of the trials', async () => {
  const halving = 'successive_halving: {metric: acc, direction: max, min_steps: 2, budget: 9, eta: 3}\n'
  const stages = (objective: string): string => `stages:\n  one:\n  two:\n    after: one\n    take: all\n    grid: all\n    parameters:\n      wd: {type: int, low: 1, high: 2}\n    ${objective}` // biome-ignore format: one line
  const objective = async (yaml: string) => opened(await writtenWorkspace(`${HEAD}${yaml}`, trials(1))).objective()
  expect(await objective(LOSS)).toMatchObject({ metric: 'loss', direction: 'max', value: 'best' })
  expect(await objective(`${LOSS}${halving}`)).toMatchObject({ metric: 'loss', direction: 'max' })
  expect(await objective(halving)).toEqual({ metric: 'acc', direction: 'max', value: 'last' })
  expect(await objective(stages(LOSS))).toMatchObject({ metric: 'loss', direction: 'max', value: 'best' })
  expect(await objective(stages(halving))).toEqual({ metric: 'acc', direction: 'max', value: 'last' })
  expect(await objective('')).toEqual({ metric: null, direction: 'min', value: 'last' })
})

test('without an objective, the direction is guessed from the name of the first metric', async () => {
  const made = await writtenWorkspace(HEAD, trials(2), ...attemptIn(0, 'completed'), ...attemptIn(1, 'completed'))
  made.result('0.json', '{"val_accuracy": 0.5, "zloss": 2}')
  made.result('1.json', '{"val_accuracy": 0.7, "zloss": 1}')
  const sweep = opened(made)
  expect(sweep.objective()).toEqual({ metric: 'val_accuracy', direction: 'max', value: 'last' })
  expect(sweep.metrics()).toEqual(['val_accuracy', 'zloss'])
})

test('the value of a trial is the last one, or the best one of the metric of the objective', async () => {
  const made = await writtenWorkspace(`${HEAD}${LOSS}`, trials(1), ...attemptIn(0, 'completed'))
  made.result('0/hotcb.metrics.jsonl', curve('loss', 1, 5, 3) + curve('acc', 1, 5, 3))
  const sweep = opened(made)
  const [record] = sweep.records()
  if (record === undefined) throw new Error('no trial 0')
  expect(sweep.courses('loss').read(record)).toEqual({ steps: [1, 2, 3], values: [1, 5, 3], value: 5 })
  expect(sweep.courses('acc').read(record).value).toBe(3)
})

test('the curves of the four metrics that were read last are cached', async () => {
  const sweep = opened(await writtenWorkspace(HEAD, trials(1)))
  const first = sweep.courses('a')
  const second = sweep.courses('b')
  sweep.courses('c')
  expect(sweep.courses('a')).toBe(first)
  sweep.courses('d')
  expect([sweep.courses('b') === second, sweep.courses('a') === first]).toEqual([true, true])
  sweep.courses('e')
  sweep.courses('f')
  expect([sweep.courses('a') === first, sweep.courses('b') === second]).toEqual([true, true])
  for (const name of ['c', 'd', 'e']) sweep.courses(name)
  expect(sweep.courses('a')).not.toBe(first)
})

test('metrics are searched in the first and last twelve trials that began, and again while a trial runs', async () => {
  const ended = Array.from({ length: 30 }, (_, i) => i).flatMap((i) => attemptIn(i, 'completed'))
  const made = await writtenWorkspace(`${HEAD}${LOSS}`, trials(32), ...ended)
  for (const i of [0, 11, 12, 17, 18, 29, 30]) made.result(`${i}.json`, `{"m${i}": 1}`)
  const sweep = opened(made)
  expect(sweep.metrics()).toEqual(['loss', 'm0', 'm11', 'm18', 'm29'])
  // A trial that has ended reports nothing more.
  made.result('1.json', '{"late": 1}')
  expect(sweep.metrics()).toEqual(['loss', 'm0', 'm11', 'm18', 'm29'])
  await made.write(...attemptIn(0, 'completed', {}, 2), { type: 'intent', sid: 'q', executor: 'local', attempts: [[31, 1]] }) // biome-ignore format: one line
  sweep.workspace.journal.refresh()
  made.result('0.json', '{"again": 1}')
  expect(sweep.metrics()).toEqual(['loss', 'again', 'm0', 'm11', 'm18', 'm29'])
  made.result('31.json', '{"first": 1}')
  expect(sweep.metrics().includes('first')).toBe(true)
  made.result('31.json', '{"second": 1}')
  expect(sweep.metrics().includes('second')).toBe(true)
})

test('a state is read again after 400 ms, or once the sweep has been changed; dropped trials are left out', async () => {
  const made = await writtenWorkspace(`${HEAD}${LOSS}`, trials(2))
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const sweep = opened(made)
  const first = await sweep.status()
  expect([first.trials.length, sweep.records().length]).toEqual([2, 2])
  vi.advanceTimersByTime(399)
  expect(await sweep.status()).toBe(first)
  vi.advanceTimersByTime(1)
  const second = await sweep.status()
  expect(second).not.toBe(first)
  await made.write({ type: 'drop', trials: [0] })
  expect(await sweep.status()).toBe(second)
  sweep.hasChanged()
  const third = await sweep.status()
  expect([third.trials.map(({ trial }) => trial.i), sweep.records().map(({ trial }) => trial.i)]).toEqual([[1], [1]])
})

test('the config is parsed again only if it has changed', async () => {
  const made = await writtenWorkspace(`${HEAD}${LOSS}`, trials(1))
  const sweep = opened(made)
  const first = sweep.config()
  writeFileSync(join(made.root, 'hyperherd.yaml'), `${HEAD}`)
  sweep.workspace.journal.refresh()
  expect(sweep.config()).toBe(first)
  await made.write({ type: 'config', sha256: 'other', text: `${HEAD.replace('grid', 'other')}${LOSS}` })
  sweep.workspace.journal.refresh()
  const second = sweep.config()
  expect([second.name, sweep.config() === second]).toEqual(['other', true])
})

test('the config of a stage is its own; without a stage, it is the whole config', async () => {
  const stages = 'stages:\n  one:\n  two:\n    after: one\n    take: all\n    grid: all\n    parameters:\n      wd: {type: int, low: 1, high: 2}\n' // biome-ignore format: a file
  const config = opened(await writtenWorkspace(`${HEAD}${stages}`, trials(1))).config()
  expect(configOfStage(config, null)).toBe(config)
  expect(configOfStage(config, 'two').parameters.map(({ name }) => name)).toEqual(['wd'])
})
