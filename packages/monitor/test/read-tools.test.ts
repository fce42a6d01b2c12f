import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { monitorPaths } from '../src/node/monitor-files.ts'
import { READ_TOOLS } from '../src/node/read-tools.ts'
import type { Outlook } from '../src/types.ts'
import { sweep } from './sweeps.ts'
import { outlookOf, trialOf } from './trials.ts'

const BEGUN = [0, 1, 2, 3].map((i) => trialOf(i, { state: 'running', attempt: 1 }))

/** The tools for a workspace whose files the test itself writes. */
function reading(outlook: Outlook = outlookOf(BEGUN)) {
  const { workspace, root } = sweep('true', { trials: 1 })
  const paths = monitorPaths(root, root)
  const run = (tool: string, args: object = {}) => READ_TOOLS[tool]?.({ workspace, paths, outlook }, { ...args })
  const write = (path: string, text: string): void => {
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text)
  }
  const metrics = (i: number, ...values: readonly (readonly [step: number, metrics: object])[]): void =>
    write(
      join(workspace.paths.results, String(i), 'hotcb.metrics.jsonl'),
      values.map(([step, one]) => `${JSON.stringify({ step, wall_time: step, metrics: one })}\n`).join(''),
    )
  return { run, write, metrics, paths, workspace }
}

test('at most sixty trials are shown at a time, starting at an index, with the index of the next one', () => {
  const many = reading(outlookOf(Array.from({ length: 62 }, (_, i) => trialOf(i + 1))))
  const shown = (args: object) => {
    const { trials, next } = JSON.parse(JSON.stringify(many.run('read_state', args)))
    return [trials.length, trials[0]?.index, trials.at(-1)?.index, next]
  }
  expect(shown({})).toEqual([60, 1, 60, 61])
  expect(shown({ from: 3 })).toEqual([60, 3, 62, null])
  expect(shown({ from: 61 })).toEqual([2, 61, 62, null])
  expect(reading(outlookOf([trialOf(3)])).run('read_state')).toEqual({
    ...{ trials: [{ index: 3, experiment_name: 't3', state: 'ready', attempt: 0, params: {} }], next: null },
  })
})

test('the plan and PROMPT.md are returned unchanged, the latter as untrusted data and truncated', () => {
  const { run, write, paths } = reading()
  expect([run('read_plan'), run('read_user_prompt')]).toEqual([{ plan: '' }, { exists: false }])
  write(paths.plan, '# plan')
  write(paths.prompt, 'x'.repeat(8001))
  expect(run('read_plan')).toEqual({ plan: '# plan' })
  expect(run('read_user_prompt')).toEqual({ exists: true, untrusted_text: 'x'.repeat(8000) })
})

test('the last lines of output are read from one stream or both, shortened and without control characters', () => {
  const { run, write, workspace } = reading()
  const { logs } = workspace.paths
  write(join(logs, '1.out'), Array.from({ length: 50 }, (_, at) => `line ${at}\n`).join(''))
  write(join(logs, '1.err'), `bell\u0007\n${'e'.repeat(401)}\n`)
  const errors = ['bell\ufffd', 'e'.repeat(400)]
  const out = (count: number) => Array.from({ length: count }, (_, at) => `line ${50 - count + at}`)
  expect(run('tail_log', { index: 1 })).toEqual({ untrusted_stdout: out(40), untrusted_stderr: errors })
  expect(run('tail_log', { index: 1, stream: 'stdout', lines: 2 })).toEqual({ untrusted_stdout: out(2) })
  expect(run('tail_log', { index: 1, stream: 'stderr' })).toEqual({ untrusted_stderr: errors })
  expect(run('tail_log', { index: 2 })).toEqual({ untrusted_stdout: null, untrusted_stderr: null })
})

test('each tool reports a trial that is not in the sweep', () => {
  const { run } = reading()
  for (const tool of ['tail_log', 'list_metrics', 'compute_metric', 'why'])
    expect(() => run(tool, { index: 9, metric: 'loss' })).toThrow(/^trial 9 does not exist$/)
})

test('metrics are listed with their steps and their last value, up to a hundred', () => {
  const { run, metrics } = reading()
  const long = 'm'.repeat(70)
  metrics(0, [1, { loss: 2, [long]: 1 }], [5, { loss: null }])
  expect(run('list_metrics', { index: 0 })).toEqual({
    untrusted_metrics: [
      { name: 'loss', n: 2, step_first: 1, step_last: 5, last: null },
      { name: 'm'.repeat(64), n: 1, step_first: 1, step_last: 1, last: 1 },
    ],
  })
  metrics(1, [1, Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`m${at}`, at]))])
  expect(JSON.parse(JSON.stringify(run('list_metrics', { index: 1 }))).untrusted_metrics).toHaveLength(100)
  expect(run('list_metrics', { index: 2 })).toEqual({ untrusted_metrics: [] })
})

test('values that are not numbers are counted, and are not part of the statistics', () => {
  const { run, metrics } = reading()
  metrics(0, ...[4, null, 1, 1, 9, 2, 3, 5, 6, 7].map((loss, at) => [at + 1, { loss }] as const))
  expect(run('compute_metric', { index: 0, metric: 'loss', step_max: 4 })).toEqual({
    ...{ n: 4, n_total: 10, last: 1, mean: 2, median: 1, stddev: Math.SQRT2, min: 1, max: 4, has_nan_or_inf: true },
    ...{ recent: [4, null, 1, 1], step_first: 1, step_last: 4 },
  })
  expect(run('compute_metric', { index: 0, metric: 'loss', step_min: 9 })).toEqual({
    ...{ n: 2, n_total: 10, last: 7, mean: 6.5, median: 6, stddev: 0.5, min: 6, max: 7, has_nan_or_inf: false },
    ...{ recent: [6, 7], step_first: 9, step_last: 10 },
  })
  expect(run('compute_metric', { index: 0, metric: 'loss' })).toMatchObject({ recent: [1, 1, 9, 2, 3, 5, 6, 7] })
  expect(run('compute_metric', { index: 0, metric: 'loss', step_min: 2, step_max: 2 })).toEqual({
    ...{ n: 1, n_total: 10, last: null, mean: null, median: null, stddev: null, min: null, max: null },
    ...{ has_nan_or_inf: true, recent: [null], step_first: 2, step_last: 2 },
  })
})

test('trials are summarized best first, by their final value if they have one, otherwise by their last value', () => {
  const trials = [...BEGUN, trialOf(4), trialOf(5, { state: 'completed', attempt: 1 })]
  const objective = { metric: 'loss', direction: 'max' } as const
  for (const [outlook, order] of [
    [outlookOf(trials, { objective }), [5, 1, 0]],
    [outlookOf(trials), [0, 1, 5]],
  ] as const) {
    const { run, write, metrics, workspace } = reading(outlook)
    metrics(0, [1, { loss: 9 }], [2, { loss: 1 }])
    metrics(1, [1, { loss: 2 }])
    metrics(4, [1, { loss: 50 }])
    metrics(5, [1, { loss: 0 }])
    write(join(workspace.paths.results, '5.json'), '{"loss": 7}')
    const values = new Map([
      [0, { index: 0, state: 'running', value: 1 }],
      [1, { index: 1, state: 'running', value: 2 }],
      [5, { index: 5, state: 'completed', value: 7 }],
    ])
    const direction = outlook.objective?.direction ?? 'min'
    const rows = order.map((i) => values.get(i))
    expect(run('summarize_metrics', { metric: 'loss' })).toEqual({
      ...{ metric: 'loss', direction, trials: rows, without_value: 2 },
    })
    expect(run('summarize_metrics')).toEqual(
      outlook.objective === null
        ? { metric: null, direction: 'min', trials: [], without_value: 5 }
        : { metric: 'loss', direction, trials: rows, without_value: 2 },
    )
  }
})

test('the newest twenty planner decisions about a trial are shown with their evidence', () => {
  const { run, workspace } = reading()
  expect(run('why', { index: 1 })).toEqual({ decisions: [] })
  const shownOf = (at: number) => ({ planner: 'sh', verdict: 'prune', key: `k${at}`, evidence: at })
  const decisions = new Map<string, object>(
    Array.from({ length: 22 }, (_, at) => [`k${at}`, { ...shownOf(at), trial: 1, ts: 5 }]),
  )
  decisions.set('other', { ...shownOf(99), trial: 2, ts: 5 })
  const refresh = { journal: { fold: { decisions } } }
  const parts = { workspace: { ...workspace, ...refresh }, outlook: outlookOf(BEGUN) }
  // The tool reads nothing else.
  const shown = READ_TOOLS['why']?.(parts as unknown as Parameters<(typeof READ_TOOLS)['why']>[0], { index: 1 })
  expect(shown).toEqual({ decisions: Array.from({ length: 20 }, (_, at) => shownOf(at + 2)) })
})
