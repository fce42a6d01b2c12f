import { basename } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { attemptIn, curve, type WrittenWorkspace, writtenWorkspace } from '../../../../../packages/sweep/test/written-workspace.ts' // biome-ignore format: one line
import { type OpenSweep, openSweep } from '../../../src/server/sweeps/open-sweep.ts'
import { detailOfSweep, detailOfTrial, rowOfSweep } from '../../../src/server/sweeps/sweep-facts.ts'

const YAML = `name: grid
launcher: ./l.sh
parameters:
  lr: {type: continuous, low: 0.001, high: 1, scale: log, steps: 4}
  kind: {type: discrete, values: [a, [1, 2]], labels: [a, pair]}
objective: {metric: loss, direction: min}
grid: all
seeds: {count: 2, param: s}
`
const TRIALS = [
  { lr: 0.001, kind: 'a' },
  { lr: 0.01, kind: 'a' },
  { lr: 0.1, kind: 'a' },
  { lr: 1, kind: 'a' },
]
const PLACE = { id: 'x~grid', name: 'x/grid' }

function opened({ root }: Pick<WrittenWorkspace, 'root'>): OpenSweep {
  const sweep = openSweep(root)
  onTestFinished(() => sweep.close())
  return sweep
}

/** One completed, one failed, one cancelled and one trial that is ready. */
async function written(yaml = YAML): Promise<WrittenWorkspace> {
  const sweep = await writtenWorkspace(
    yaml,
    TRIALS,
    ...attemptIn(0, 'completed', { begun: 100, ended: 150, node: 'n7' }),
    ...attemptIn(1, 'failed', { begun: 120, ended: 140, code: 3, reason: 'exit' }),
    ...attemptIn(2, 'cancelled', { begun: 90 }),
  )
  sweep.result('0/hotcb.metrics.jsonl', curve('loss', 3, 2, 1))
  sweep.result('0.json', '{"loss": 0.5, "note": "good", "list": [1]}')
  return sweep
}

test('the row of a sweep counts its trials by state, and shows when a trial last began or ended', async () => {
  const made = await written()
  const place = { ...PLACE, dir: made.root }
  const row = { id: 'x~grid', place: 'x/grid', name: 'grid', executor: 'local', driven: false, problem: null }
  expect(rowOfSweep(place, () => opened(made))).toEqual({
    ...row,
    trials: 4,
    totals: { completed: 1, failed: 1, cancelled: 1, ready: 1 },
    changed: 150,
  })
  // A row shows what was written after the sweep was opened; a dropped trial does not count.
  const sweep = opened(made)
  await made.write({ type: 'drop', trials: [1] }, ...attemptIn(3, 'completed', { begun: 400 }))
  expect(rowOfSweep(place, () => sweep)).toEqual({
    ...row,
    trials: 3,
    totals: { completed: 2, cancelled: 1 },
    changed: 400,
  })
})

test('the row of a sweep that has not started or cannot be read contains the reason', async () => {
  const empty = await writtenWorkspace(YAML, [])
  const nothing = { id: 'x~grid', place: 'x/grid', totals: {}, trials: 0, executor: null, driven: false, changed: null }
  const row = (made: Pick<WrittenWorkspace, 'root'>) => rowOfSweep({ ...PLACE, dir: made.root }, () => opened(made))
  expect(row(empty)).toEqual({
    ...nothing,
    name: basename(empty.root),
    problem: 'not started yet: start it with `herd run`',
  })
  const wrong = await writtenWorkspace(`${YAML}colour: red\n`, TRIALS)
  expect(row(wrong)).toEqual({
    ...nothing,
    name: basename(wrong.root),
    problem: expect.stringMatching(/^hyperherd\.yaml:\d+:\d+: colour: /),
  })
  const waiting = await writtenWorkspace(YAML, TRIALS)
  expect(row(waiting)).toMatchObject({ trials: 4, totals: { ready: 4 }, changed: null, problem: null })
  const fail = (): OpenSweep => {
    throw new Error('a fault of the server')
  }
  expect(() => rowOfSweep({ ...PLACE, dir: waiting.root }, fail)).toThrow('a fault of the server')
})

test('the detail of a sweep has its objective, metrics, parameters and progress', async () => {
  const made = await written()
  made.result('1/stream/acc.jsonl', '{"step": 1, "value": 0.5}\n')
  expect(await detailOfSweep({ ...PLACE, dir: made.root }, opened(made))).toEqual({
    id: 'x~grid',
    name: 'grid',
    place: 'x/grid',
    executor: 'local',
    objective: { metric: 'loss', direction: 'min', value: 'last' },
    metrics: ['loss', 'acc'],
    parameters: [
      { name: 'lr', log: true, values: null },
      { name: 'kind', log: false, values: ['a', '[1,2]'] },
      { name: 's', log: false, values: [0, 1] },
    ],
    stages: [],
    rungs: [],
    eta: null,
    population: false,
    driver: null,
    needs_driver: false,
    progress: { over: 3, called: 3, left_seconds: 0 },
    stale: [],
  })
})

test('the detail of a sweep with early stopping has its rungs, also if only a stage stops early', async () => {
  const halving = 'successive_halving: {metric: acc, direction: max, min_steps: 2, budget: 9, eta: 3}'
  const base = YAML.replace(/^(objective|seeds).*\n/gm, '')
  const early = { objective: { metric: 'acc', direction: 'max', value: 'last' }, rungs: [2, 6], eta: 3 }
  const whole = await writtenWorkspace(`${base}${halving}\n`, TRIALS)
  expect(await detailOfSweep({ ...PLACE, dir: whole.root }, opened(whole))).toMatchObject({ ...early, stages: [] })
  const stage = `    grid: all\n    ${halving}\n    parameters:\n      wd: {type: discrete, values: [1, 2]}\n`
  const staged = await writtenWorkspace(
    `${base}stages:\n  one:\n  two:\n    after: one\n    take: all\n${stage}`,
    TRIALS,
  )
  expect(await detailOfSweep({ ...PLACE, dir: staged.root }, opened(staged))).toMatchObject({
    ...early,
    stages: ['one', 'two'],
    parameters: [{ name: 'lr' }, { name: 'kind' }, { name: 'wd', log: false, values: [1, 2] }],
  })
})

test('the detail of a population states that it is one', async () => {
  const population = 'name: p\nlauncher: ./l.sh\nobjective: {metric: loss, direction: min}\nsearch: {method: pbt, trials: 2}\npopulation: {interval: 5}\nparameters:\n  lr: {type: continuous, low: 0.001, high: 1}\n' // biome-ignore format: a file
  const made = await writtenWorkspace(population, [{ lr: 0.1 }, { lr: 0.2 }])
  expect(await detailOfSweep({ ...PLACE, dir: made.root }, opened(made))).toMatchObject({
    population: true,
    parameters: [{ name: 'lr', log: false, values: null }],
  })
})

test('the detail of a trial has its values, attempts and decisions', async () => {
  const made = await written()
  await made.write({ type: 'decide', planner: 'asha', key: 'k', trial: 1, verdict: 'prune', evidence: { step: 2, metric: 'loss' } }, { type: 'decide', planner: 'asha', key: 'l', trial: 0, verdict: 'promote', evidence: {} }) // biome-ignore format: one line
  const sweep = opened(made)
  expect(await detailOfTrial(sweep, 0)).toEqual({
    i: 0,
    name: 't-0',
    state: 'completed',
    why: null,
    params: { lr: 0.001, kind: 'a' },
    metrics: { loss: 0.5, note: 'good', list: '[1]' },
    stage: null,
    parent: null,
    attempts: [{ n: 1, state: 'completed', begun: 100, ended: 150, code: null, reason: null, job: '70', node: 'n7' }],
    decisions: ['asha: promote ()'],
    controllable: false,
  })
  expect(await detailOfTrial(sweep, 1)).toEqual({
    i: 1,
    name: 't-1',
    state: 'failed',
    why: 'exit',
    params: { lr: 0.01, kind: 'a' },
    metrics: {},
    stage: null,
    parent: null,
    attempts: [{ n: 1, state: 'failed', begun: 120, ended: 140, code: 3, reason: 'exit', job: '71', node: null }],
    decisions: ['asha: prune (step 2, metric "loss")'],
    controllable: false,
  })
  expect(await detailOfTrial(sweep, 3)).toMatchObject({ state: 'ready', attempts: [], metrics: {}, decisions: [] })
  expect(await detailOfTrial(sweep, 4)).toBeUndefined()
})

test('an attempt that no one has seen yet counts as submitted, and has no times', async () => {
  const made = await writtenWorkspace(YAML, TRIALS, { type: 'intent', sid: 's', executor: 'local', attempts: [[0, 1]] })
  expect(await detailOfTrial(opened(made), 0)).toMatchObject({
    attempts: [{ n: 1, state: 'submitted', begun: null, ended: null, code: null, reason: null, job: null, node: null }],
  })
})
