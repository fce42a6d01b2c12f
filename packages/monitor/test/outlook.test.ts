import { existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { runSweep, writeSign } from '@hotcb/sweep/node'
import { expect, test } from 'vitest'
import { readOutlook } from '../src/node/outlook.ts'
import { sweep, type TestSweep } from './sweeps.ts'

const HALVING = 'successive_halving: {metric: loss, direction: max, min_steps: 4, budget: 90}'
const NOTHING = {
  ...{ reason: null, step: null, stepsPerMinute: null, elapsedSeconds: null, signAt: null, mem: null, time: null },
  ...{ isRetried: false, nanMetric: null, code: null, untrustedLastLog: null, untrustedErrorTail: null },
}

function nameOf({ workspace }: TestSweep, i: number): string | undefined {
  return workspace.journal.fold.trials.get(i)?.trial.name
}

test('before the first start, the outlook is the plan of the config', async () => {
  const one = sweep('true', { trials: 2, more: 'objective: {metric: loss, direction: max}\n' })
  const planned = await readOutlook(one.workspace, 123)
  const names = planned.trials.map(({ name }) => name)
  expect(planned).toEqual({
    ...{ sweep: 't', workspace: one.root, executor: 'local', objective: { metric: 'loss', direction: 'max' } },
    ...{ halving: null, at: 123, driver: null, needsDriver: false, silent: [], isStarted: false },
    trials: [1, 2].map((x, i) => ({ ...NOTHING, i, name: names[i], state: 'ready', attempt: 0, params: { x } })),
  })
  expect(new Set(names).size).toBe(2)
  mkdirSync(one.workspace.paths.state, { recursive: true })
  writeSign(one.workspace.paths.driver, 10, {})
  expect((await readOutlook(one.workspace, 123)).driver).toBe(
    `process ${process.pid} on ${hostname().replaceAll(':', '-')}`,
  )
})

test('after the end, the outlook has codes, durations and the last lines of trials that failed', async () => {
  const one = sweep(
    'echo "last of $HYPERHERD_TRIAL_ID"; echo broken >&2; log_result loss 1 7; exit $HYPERHERD_TRIAL_ID',
    {
      trials: 2,
    },
  )
  await one.finish()
  const { trials, ...about } = await readOutlook(one.workspace, 5)
  expect(about).toEqual({
    ...{ sweep: 't', workspace: one.root, executor: 'local', objective: null, halving: null, at: 5 },
    ...{ driver: null, needsDriver: false, silent: [], isStarted: true },
  })
  const ended = { ...NOTHING, attempt: 1, step: 7, elapsedSeconds: expect.any(Number) }
  expect(trials).toEqual([
    {
      ...{ ...ended, i: 0, name: nameOf(one, 0), state: 'completed', params: { x: 1 }, code: 0 },
      untrustedLastLog: 'last of 0',
    },
    {
      ...{ ...ended, i: 1, name: nameOf(one, 1), reason: 'exit code 1', state: 'failed', params: { x: 2 }, code: 1 },
      ...{ reason: trials[1]?.reason, untrustedErrorTail: expect.stringMatching(/\nbroken$/) },
      untrustedLastLog: 'last of 1',
    },
  ])
  for (const { elapsedSeconds } of trials) expect(elapsedSeconds).toBeGreaterThanOrEqual(0)
})

test('a running trial has its last sign of life, and the metric whose newest value is not a number', async () => {
  const more = `objective: {metric: loss, direction: max}
${HALVING}
`
  const one = sweep(
    'log_result other nan 1; log_result loss 1 1; log_result loss nan 2; touch "$HYPERHERD_WORKSPACE/logged-$HYPERHERD_TRIAL_ID"; while [ -e "$HYPERHERD_WORKSPACE/wait" ]; do sleep 0.05; done',
    { trials: 2, more },
  )
  const wait = join(one.root, 'wait')
  writeFileSync(wait, '')
  await runSweep(one.workspace, { indices: '0' })
  const driven = one.drive()
  await expect.poll(() => existsSync(join(one.root, 'logged-0'))).toBe(true)
  // The newest of its files counts, wherever it is.
  const { logs, results } = one.workspace.paths
  const stream = join(results, '0', 'stream', 'rank0')
  mkdirSync(stream, { recursive: true })
  for (const [path, time] of [
    [join(logs, '0.out'), 4e9],
    [join(logs, '0.err'), 4.1e9],
    [join(stream, 'a.jsonl'), 4.2e9],
  ] as const) {
    writeFileSync(path, '', { flag: 'a' })
    utimesSync(path, time, time)
    expect((await readOutlook(one.workspace, 5)).trials[0]).toMatchObject({ state: 'running', signAt: time })
  }
  const { trials, objective, halving } = await readOutlook(one.workspace, 5)
  expect([objective, halving]).toMatchObject([{ metric: 'loss', direction: 'max' }, { metric: 'loss' }])
  expect(trials[0]).toMatchObject({
    nanMetric: 'loss',
    code: null,
    untrustedErrorTail: null,
    elapsedSeconds: expect.any(Number),
  })
  expect(trials[1]).toMatchObject({ state: 'ready', signAt: null, nanMetric: null, attempt: 0, elapsedSeconds: null })
  rmSync(wait)
  await driven
})
