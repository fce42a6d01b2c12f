import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { SweepEvent, Want } from '../src/journal/event.ts'
import { tickHalving } from '../src/node/halving-tick.ts'
import { inspectSweep } from '../src/node/inspect-sweep.ts'
import { requestTrials, selectTrials } from '../src/node/request-trials.ts'
import { setResultsAside } from '../src/node/set-aside.ts'
import { readSweepStatus } from '../src/node/sweep-status.ts'
import { readTrialResults } from '../src/node/trial-results.ts'
import { openWorkspace } from '../src/node.ts'
import { attemptIn, curve, type WrittenWorkspace, writtenWorkspace } from './written-workspace.ts'

// Commands on a sweep with a given journal: no trial runs.

const YAML = `name: t
launcher: ./l.sh
parameters:
  lr: {type: discrete, values: [0.1, 0.2, 0.3, 0.4]}
objective: {metric: loss, direction: min}
grid: all
`
const FOUR = [0.1, 0.2, 0.3, 0.4].map((lr) => ({ lr }))
const call = (...trials: number[]): SweepEvent => ({ type: 'call', trials })
const wish = (i: number, want: Want, more: object = {}): SweepEvent => ({ type: 'wish', trials: [i], want, ...more })

async function statesOf({ workspace }: WrittenWorkspace): Promise<readonly string[]> {
  return (await readSweepStatus(workspace)).trials.map(({ state }) => state)
}

describe("a sweep's status", () => {
  test('has each trial that was not dropped, with its attempt and the reason for its state', async () => {
    const sweep = await writtenWorkspace(
      YAML,
      FOUR,
      ...attemptIn(0, 'failed', { code: 1, reason: 'oom', last_log: 'bye', step: 7 }),
      ...attemptIn(1, 'completed', { code: 0, last_log: '' }),
      ...[call(2), wish(2, 'stop', { why: 'enough' })],
      { type: 'drop', trials: [3] },
    )
    const { trials, driver, needsDriver, silent, stages, askedStages } = await readSweepStatus(sweep.workspace)
    expect(trials.map(({ trial, state, status, attempt, reason, lastLogLine, step }) => [trial.i, state, status, attempt, reason, lastLogLine, step])).toEqual([
      [0, 'failed', 'failed', 1, 'oom', 'bye', 7],
      [1, 'completed', 'completed', 1, null, null, null],
      [2, 'cancelled', 'cancelled', 0, 'enough', null, null],
    ]) // biome-ignore format: a table
    expect({ driver, needsDriver, silent, stages, askedStages }).toEqual({
      ...{ driver: null, needsDriver: false, silent: [], stages: [], askedStages: null },
    })
  })

  test('shows why a queued trial is waiting, and who cancelled a trial', async () => {
    const sweep = await writtenWorkspace(
      `${YAML}slurm: {partition: p}\n`,
      FOUR,
      ...attemptIn(0, 'cancelled', { reason: 'outside' }),
      ...attemptIn(1, 'cancelled', { reason: 'outside' }),
      { type: 'told', i: 1, n: 1, what: 'signal' },
      ...attemptIn(2, 'failed', { reason: 'exit' }),
      wish(2, 'prune', { why: 'no good' }),
    )
    const { trials } = await readSweepStatus(sweep.workspace)
    expect(trials.map(({ state, reason }) => [state, reason])).toEqual([
      ['cancelled', 'outside'],
      ['cancelled', null],
      ['pruned', 'no good'],
      ['ready', null],
    ])
  })

  test('needs a driver while a trial is waiting for a place, and is refused before the first run', async () => {
    const sweep = await writtenWorkspace(YAML, FOUR, ...attemptIn(0, 'completed'))
    expect((await readSweepStatus(sweep.workspace)).needsDriver).toBe(false)
    await sweep.write(call(1))
    expect((await readSweepStatus(sweep.workspace)).needsDriver).toBe(true)
    await sweep.write({ type: 'drop', trials: [1] })
    expect((await readSweepStatus(sweep.workspace)).needsDriver).toBe(false)
    await sweep.write(...attemptIn(2, 'running'))
    expect((await readSweepStatus(sweep.workspace)).needsDriver).toBe(true)
    const empty = await writtenWorkspace(YAML, [])
    await expect(readSweepStatus(empty.workspace)).rejects.toThrow(
      `no sweep has been started in \`${empty.root}\`; use \`herd run\` to start one`,
    )
  })

  test('counts trials that a search has yet to propose', async () => {
    const search = 'search: {method: tpe, trials: 9, parallel: 1, seed: 3}\n'
    const sweep = await writtenWorkspace(
      YAML.replace('grid: all\n', search),
      FOUR,
      ...attemptIn(0, 'completed', { begun: 1, ended: 2 }),
    )
    expect((await readSweepStatus(sweep.workspace)).progress).toMatchObject({ over: 1, called: 9 })
  })
})

describe('a request', () => {
  /** One trial in each of these states. */
  const STATES: Readonly<Record<string, readonly SweepEvent[]>> = {
    ready: [],
    waiting: [call(0)],
    running: attemptIn(0, 'running'),
    stopping: [...attemptIn(0, 'running'), wish(0, 'stop')],
    paused: [call(0), wish(0, 'pause')],
    cancelled: [call(0), wish(0, 'stop')],
    pruned: [call(0), wish(0, 'prune')],
    completed: attemptIn(0, 'completed'),
    failed: attemptIn(0, 'failed', { reason: 'exit' }),
  }
  const fits: Readonly<Record<Want, readonly string[]>> = {
    stop: ['waiting', 'running', 'stopping'],
    prune: ['ready', 'waiting', 'running', 'paused', 'cancelled', 'failed'],
    pause: ['waiting', 'running'],
    hold: ['ready', 'waiting'],
    resume: ['paused', 'cancelled', 'failed'],
  }

  test.each(Object.keys(fits) as Want[])("to %s is refused if the trial's state does not allow it", async (want) => {
    for (const [state, events] of Object.entries(STATES)) {
      const { workspace } = await writtenWorkspace(YAML, FOUR, ...events)
      const asked = requestTrials(workspace, want, { index: 0 })
      if (!fits[want].includes(state))
        await expect(asked).rejects.toThrow(`trial 0 is ${state}; there is nothing to ${want}`)
      else expect(await asked).toMatchObject([{ i: 0, before: state, executor: 'local' }])
    }
  })

  test('to prune all affects trials that are running or waiting, but not those that failed or were not started', async () => {
    const events = [...attemptIn(0, 'failed', { reason: 'exit' }), call(1), ...attemptIn(3, 'running')]
    const { workspace } = await writtenWorkspace(YAML, FOUR, ...events)
    expect((await requestTrials(workspace, 'prune', { all: true })).map(({ i, job }) => [i, job])).toEqual([[1, null], [3, '73']]) // biome-ignore format: pairs
    expect(await requestTrials(workspace, 'resume', { indices: [1] })).toEqual([])
  })

  test('is written with its reason, its author and its act, and a known act is not carried out again', async () => {
    const sweep = await writtenWorkspace(YAML, FOUR, call(0, 1, 2))
    const lastWish = () => sweep.workspace.journal.lines().filter(({ event }) => event.type === 'wish').at(-1) // biome-ignore format: short
    expect(await requestTrials(sweep.workspace, 'stop', { index: 0 }, { why: 'enough', by: 'ann', act: 'a1', kill: true })).toHaveLength(1) // biome-ignore format: short
    expect(lastWish()).toMatchObject({ by: 'ann', event: { type: 'wish', trials: [0], want: 'stop', why: 'enough', kill: true, act: 'a1' } }) // biome-ignore format: short
    expect(await requestTrials(sweep.workspace, 'stop', { index: 1 }, { act: 'a1' })).toEqual([])
    await requestTrials(sweep.workspace, 'stop', { index: 1 }, { kill: false })
    expect(lastWish()?.event).toEqual({ type: 'wish', trials: [1], want: 'stop' })
    expect(await statesOf(sweep)).toEqual(['cancelled', 'cancelled', 'waiting', 'ready'])
  })

  test('about a running trial asks it to stop through its signal', async () => {
    const sweep = await writtenWorkspace(YAML, FOUR, ...attemptIn(0, 'running'), ...attemptIn(1, 'running'))
    for (const [want, i] of [['pause', 0], ['prune', 1]] as const) await requestTrials(sweep.workspace, want, { index: i }) // biome-ignore format: pairs
    const signals = [0, 1].map((i) => readFileSync(join(sweep.workspace.paths.results, String(i), '_signal'), 'utf8'))
    expect(signals).toEqual(['pause', 'prune'])
    expect(await statesOf(sweep)).toEqual(['pausing', 'pruning', 'ready', 'ready'])
    const told = sweep.workspace.journal.lines().flatMap(({ event, by }) => (event.type === 'told' ? [[by, event.i, event.what]] : [])) // biome-ignore format: short
    expect(told).toEqual([['driver', 0, 'signal'], ['driver', 1, 'signal']]) // biome-ignore format: pairs
  })

  test('selects trials by an index, several indices, pins or all, except dropped trials', async () => {
    const { workspace } = await writtenWorkspace(YAML, FOUR, { type: 'drop', trials: [3] })
    const chosen = (selection: Parameters<typeof selectTrials>[1]) =>
      selectTrials(workspace, selection).map(({ trial }) => trial.i)
    expect([chosen({ index: 2 }), chosen({ indices: [2, 0] }), chosen({ all: true })]).toEqual([[2], [0, 2], [0, 1, 2]])
    expect([chosen({ pins: ['lr=0.2'] }), chosen({ pins: ['lr=9'] })]).toEqual([[1], []])
    expect(() => chosen({ index: 3 })).toThrow('trial 3 does not exist; list the trials with `herd ls`')
    expect(() => chosen({ indices: [0, 3] })).toThrow('no trial 3')
    for (const none of [{}, { pins: [] }]) expect(() => chosen(none)).toThrow('select trials with an index, `--pin NAME=VALUE`, or `--all`') // biome-ignore format: short
    expect(() => chosen({ pins: ['x=1'] })).toThrow('--pin "x" is not a parameter of the sweep; choose from lr')
    const empty = await writtenWorkspace(YAML, [])
    expect(() => selectTrials(empty.workspace, { all: true })).toThrow('no sweep has been started in')
    await expect(requestTrials(empty.workspace, 'stop', { all: true })).rejects.toThrow('no sweep has been started in')
  })
})

describe('a halving tick', () => {
  const HALVING = 'successive_halving: {metric: loss, direction: min, min_steps: 2, budget: 8}\n'

  async function running(yaml = YAML + HALVING): Promise<WrittenWorkspace> {
    const events = [0, 1, 2].flatMap((i) => attemptIn(i, 'running'))
    const sweep = await writtenWorkspace(yaml, FOUR, ...events)
    for (const [i, loss] of [3, 1, 2].entries()) sweep.result(`${i}/hotcb.metrics.jsonl`, curve('loss', 9, loss))
    return sweep
  }

  test('that writes nothing shows what it would do with each trial', async () => {
    const sweep = await running()
    const before = sweep.workspace.journal.lines().length
    const { mode, rungs, steps, job } = await tickHalving(sweep.workspace, { dryRun: true })
    expect([mode, rungs, job]).toEqual(['sync', [2, 4, 8], null])
    expect(steps.map(({ i, status, maxStep, verdict, action }) => [i, status, maxStep, verdict, action])).toEqual([
      [0, 'running', 2, 'prune', 'prune'],
      [1, 'running', 2, 'promote', 'none'],
      [2, 'running', 2, 'promote', 'none'],
      [3, 'ready', null, 'none', 'none'],
    ])
    expect(sweep.workspace.journal.lines()).toHaveLength(before)
  })

  test('decides, and asks pruned trials to stop', async () => {
    const sweep = await running()
    await tickHalving(sweep.workspace, { dryRun: false })
    expect(await statesOf(sweep)).toEqual(['pruning', 'running', 'running', 'ready'])
    expect([...sweep.workspace.journal.fold.decisions.values()].map(({ key, verdict }) => [key, verdict])).toEqual([
      ...[['sh/loss/2/0', 'prune'], ['sh/loss/2/1', 'promote'], ['sh/loss/2/2', 'promote']],
    ]) // biome-ignore format: pairs
    const signal = join(sweep.workspace.paths.results, '0/_signal')
    expect(readFileSync(signal, 'utf8')).toBe('prune')
    const again = await tickHalving(sweep.workspace, { dryRun: true })
    expect(again.steps[0]).toMatchObject({ verdict: 'prune', status: 'running', action: 'none' })
  })

  test('uses the rules in its options, even if the config has none', async () => {
    const sweep = await running(YAML)
    const tick = (instead: object) => tickHalving(sweep.workspace, { dryRun: true, instead })
    await expect(tick({})).rejects.toThrow(
      'the config has no `successive_halving`; add it and start `herd run` again, or pass',
    )
    const rules = { metric: 'loss', direction: 'min', minSteps: 2, budget: 8 }
    await expect(tick({ ...rules, metric: undefined })).rejects.toThrow('no `successive_halving`')
    await expect(tick({ ...rules, eta: 1 })).rejects.toThrow('`--eta 1`: must be a whole number of at least 2')
    for (const wrong of [{ minSteps: 0 }, { budget: 1 }]) await expect(tick({ ...rules, ...wrong })).rejects.toThrow('both must be at least 1') // biome-ignore format: short
    expect((await tick({ ...rules, eta: 4, mode: 'asha' })).rungs).toEqual([2, 8])
    const max = await tick({ ...rules, direction: 'max' })
    expect(max.steps.map(({ verdict }) => verdict)).toEqual(['promote', 'prune', 'promote', 'none'])
    expect((await tick({ ...rules, mode: 'median' })).rungs).toEqual([2, 4, 6])
  })

  test('submits trials that it paused and that may continue, and prunes those that may not', async () => {
    const why = 'sync at 2: 0 ahead of it, 1 not there yet, keeps 2'
    const events = [0, 1, 2].flatMap((i) => [...attemptIn(i, 'running'), wish(i, 'pause', { why }), { type: 'told', i, n: 1, what: 'signal' } as const, { type: 'seen', rows: [[i, 1, 0, 'failed', { code: 143 }]] } as const]) // biome-ignore format: short
    const sweep = await writtenWorkspace(YAML + HALVING, FOUR, ...events)
    for (const [i, loss] of [3, 1, 2].entries()) sweep.result(`${i}/hotcb.metrics.jsonl`, curve('loss', 9, loss))
    const { steps } = await tickHalving(sweep.workspace, { dryRun: true })
    expect(steps.map(({ status, action }) => `${status} ${action}`)).toEqual(['paused prune', 'paused submit', 'paused submit', 'ready none']) // biome-ignore format: short
  })
})

describe("a sweep's results", () => {
  test("have each trial's values, its duration and a summary of each metric", async () => {
    const facts = { begun: 100, ended: 160 }
    const sweep = await writtenWorkspace(YAML, FOUR, ...attemptIn(0, 'completed', facts), ...attemptIn(1, 'failed', { ended: 5 })) // biome-ignore format: short
    sweep.result('0/hotcb.metrics.jsonl', curve('loss', 3, null, 1, 2))
    sweep.result('0.json', '{"acc": 0.5, "note": "x"}')
    const [first, second] = await readTrialResults(sweep.workspace)
    expect(first).toMatchObject({ state: 'completed', seconds: 60, group: null, values: [['lr', { type: 'float', value: 0.1 }]] }) // biome-ignore format: short
    const none = { last: null, min: null, max: null, minStep: null, maxStep: null }
    expect(first?.metrics).toEqual([
      { name: 'acc', final: 0.5, ...none },
      { name: 'note', final: 'x', ...none },
      { name: 'loss', final: null, last: 2, min: 1, max: 3, minStep: 3, maxStep: 1 },
    ])
    expect(second).toMatchObject({ seconds: null, metrics: [] })
  })

  test('are grouped by combinations that are repeated with different seeds', async () => {
    const yaml = `${YAML}seeds: {count: 2}\n`
    const repeated = [{ lr: 0.1, seed: 0 }, { lr: 0.1, seed: 1 }, { lr: 0.2, seed: 0 }] // biome-ignore format: a table
    const sweep = await writtenWorkspace(yaml, repeated)
    expect((await readTrialResults(sweep.workspace)).map(({ group }) => group)).toEqual([0, 0, 1])
  })

  test('are moved aside under the next free number', async () => {
    const sweep = await writtenWorkspace(YAML, FOUR)
    const old = join(sweep.workspace.paths.results, '.old')
    expect(setResultsAside(sweep.workspace, 2)).toEqual([])
    for (const number of [1, 2]) {
      sweep.result('2/log', `${number}`)
      sweep.result('2.json', '{}')
      expect(setResultsAside(sweep.workspace, 2)).toEqual([join(old, `2-${number}`), join(old, `2-${number}.json`)])
    }
    expect(readFileSync(join(old, '2-1/log'), 'utf8')).toBe('1')
    sweep.result('2.json', '{}')
    expect(setResultsAside(sweep.workspace, 2)).toEqual([join(old, '2-3.json')])
    sweep.result('2/log', 'x')
    expect(setResultsAside(sweep.workspace, 2)).toEqual([join(old, '2-4')])
    expect(existsSync(join(sweep.workspace.paths.results, '2'))).toBe(false)
  })
})

test('an inspection counts the lines of all writers, and the malformed lines', async () => {
  const sweep = await writtenWorkspace(YAML, FOUR)
  const { journal: clean, holder, strays } = inspectSweep(sweep.workspace)
  expect([clean.bad, clean.torn, clean.void, holder, strays]).toEqual([0, 0, 0, null, []])
  expect(clean.lines).toBe(sweep.workspace.journal.lines().length)
  const { journal } = sweep.workspace.paths
  const line = (fields: object) => JSON.stringify({ k: 0, ts: 1, by: '', ...fields })
  writeFileSync(
    join(journal, '999999999-x.jsonl'),
    [line({ n: 5, type: 'other' }), 'nonsense', '{"n":5,"k', line({ n: 5, type: 'exported', sha256: 'a' }), '{"n'].join(
      '\n',
    ),
  )
  const other = openWorkspace(sweep.root)
  const dirty = inspectSweep(other).journal
  other.close()
  expect(dirty).toMatchObject({ lines: clean.lines + 1, bad: 3 })
})
