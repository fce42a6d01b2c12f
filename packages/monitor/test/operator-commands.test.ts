import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createAuditFold } from '../src/audit.ts'
import type { Actor } from '../src/node/actor.ts'
import { monitorPaths } from '../src/node/monitor-files.ts'
import type { MonitorParts } from '../src/node/monitor-parts.ts'
import { OPERATOR_COMMANDS, runCommand, statusText } from '../src/node/operator-commands.ts'
import { READ_TOOLS } from '../src/node/read-tools.ts'
import type { Act } from '../src/types.ts'
import { sweep, type TestSweep } from './sweeps.ts'
import { outlookOf, trialOf } from './trials.ts'

const LAUNCHER =
  'echo first; echo "hello from $HYPERHERD_TRIAL_ID"; ' +
  'log_result loss 2 1; log_result loss 4 2; log_result loss 2 3; log_result loss "0.$HYPERHERD_TRIAL_ID" 4'

/** The commands of a sweep, with an actor that only records its acts. */
function operated({ workspace, root, env }: TestSweep, isOk = true) {
  const acts: Act[] = []
  const answers: (readonly string[])[] = []
  const calls = { stopped: 0 }
  const fold = createAuditFold()
  const actor: Partial<Actor> = {
    fold,
    act: async (act) => {
      acts.push(act)
      return { ok: isOk, text: `done ${acts.length}` }
    },
    answer: async (...given) => {
      answers.push(given)
      return 'answered'
    },
  }
  const paths = monitorPaths(root, root)
  const triage = { onFailure: 'remediate', maxRetries: 1, maxMem: null, maxTime: null, stallMinutes: 0 }
  const parts = {
    ...{ workspace, paths, actor, setup: null, nowMs: () => 5_000_000, scrub: (text: string) => text },
    ...{ config: { live: {}, triage }, port: { env, startDriver: () => undefined, line: () => undefined } },
    stop: () => calls.stopped++,
  } as unknown as MonitorParts // Commands use no other parts.
  const run = async (line: string): Promise<string> => (await runCommand(parts, line, 'ada')).text
  return { parts, paths, acts, answers, calls, fold, run }
}

test('help lists each command with its arguments, and commands that change something are only for operators', async () => {
  const { run } = operated(sweep(LAUNCHER, { trials: 1 }))
  expect(await run('/help')).toBe(HELP)
  expect(await run('  help now ')).toBe(HELP)
  expect(OPERATOR_COMMANDS.filter(({ isOpen }) => !isOpen).map(({ name }) => name)).toEqual([
    ...['run', 'run_all', 'stop', 'stop_all', 'pause', 'resume', 'prune', 'sh', 'approve', 'reject', 'shutdown'],
  ])
})

const HELP = `/status  The state of the sweep.
/running  The running trials.
/params TRIAL  The values of a trial.
/metrics [METRIC]  The last values of a metric.
/tail TRIAL [LINES]  The last lines of a trial's output.
/results  The results of all trials.
/trials  The state of all trials.
/stats [TRIAL]  Time and memory of trials.
/plot [KIND] [METRIC] [TRIALS] [smooth=N]  A plot: curves, parallel, importance, contour, rungs or lineage.
/plan  The plan that the model wrote.
/info  The monitor's health, spending and open proposals.
/run TRIAL  Starts a trial.
/run_all  Starts all trials that are ready, failed or cancelled.
/stop TRIAL [REASON]  Stops a trial.
/stop_all  Stops all trials.
/pause TRIAL  Lets a trial save a checkpoint and exit.
/resume TRIAL  Resumes a paused trial.
/prune TRIAL [REASON]  Prunes a trial.
/sh [dry_run]  Judges all trials once by successive halving.
/approve PROPOSAL  Approves a proposal.
/reject PROPOSAL  Rejects a proposal.
/shutdown  Stops the monitor after its current tick; trials continue.
/help  Lists the commands.`

test('the message about an unknown command gives its name shortened and without control characters', async () => {
  const { run } = operated(sweep(LAUNCHER, { trials: 1 }))
  expect(await run('/dance now')).toBe('unknown command /dance; type /help to list the commands')
  expect(await run(`/${'x'.repeat(50)}`)).toBe(`unknown command /${'x'.repeat(40)}; type /help to list the commands`)
  expect(await run('')).toBe('unknown command /; type /help to list the commands')
})

test('before the first start, commands show the plan and start trials', async () => {
  const { run, acts, paths, calls, answers } = operated(sweep(LAUNCHER, { trials: 2 }))
  expect(await run('/status')).toBe('t: 2 trials: ready 2\nno driver is running')
  expect(await run('/running')).toBe('no trial is running')
  expect(await run('/params 1')).toBe('{"x":2}')
  expect(await run('/params 2')).toBe('trial 2 does not exist')
  expect(await run('/params 1x')).toBe('which trial? type its index instead of "1x"')
  expect(await run('/params')).toBe('which trial? type its index instead of ""')
  expect(await run('/plan')).toBe('the model has not written a plan yet')
  writeFileSync(paths.plan, '# all of them')
  expect(await run('/plan')).toBe('# all of them')
  expect(await run('/run 1')).toBe('done 1')
  expect(await run('/run 7')).toBe('trial 7 does not exist')
  expect(await run('/run_all')).toBe('done 2')
  const ready = (i: number) => ({ i, state: 'ready', attempt: 0 })
  const base = { tool: 'run_indices', reason: 'asked by ada' }
  expect(acts).toEqual([
    { ...base, args: { indices: [1], reason: 'asked by ada' }, expect: [ready(1)], class: 'cheap' },
    { ...base, args: {}, expect: [ready(0), ready(1)], class: 'costly' },
  ])
  expect(await run('/shutdown')).toBe('the monitor will stop after this tick; trials continue')
  expect(calls.stopped).toBe(1)
  expect([await run('/approve 3.1'), await run('/reject 3.2'), await run('/approve')]).toEqual(
    Array(3).fill('answered'),
  )
  expect(answers).toEqual([
    ['3.1', 'approved', 'ada'],
    ['3.2', 'rejected', 'ada'],
    ['', 'approved', 'ada'],
  ])
})

test('an act that fails is reported with its reason', async () => {
  const { run } = operated(sweep(LAUNCHER, { trials: 1 }), false)
  expect(await run('/run 0')).toBe('it failed: done 1')
  expect(await run('/run_all')).toBe('it failed: done 2')
})

test('after a sweep has ended, commands show results, output and time, and acts that are no longer valid are refused', async () => {
  const one = sweep(LAUNCHER, { trials: 2, more: 'objective: {metric: loss, direction: min}\n' })
  await one.finish()
  const { run, acts, parts } = operated(one)
  expect(await run('/status')).toBe('t: 2 trials: completed 2\nno driver is running')
  expect(await run('/run_all')).toBe('no trial is ready, failed or cancelled')
  expect(await run('/run 0')).toBe('trial 0 cannot be started because it is completed; `force` runs it again')
  expect(await run('/stop 0 it is slow')).toBe('trial 0 is completed; there is nothing to stop')
  const results = (count: number, trials: readonly object[]) => ({
    metric: 'loss',
    direction: 'min',
    trials,
    without_value: count,
  })
  const both = [0, 1].map((i) => ({ index: i, state: 'completed', value: i / 10 }))
  expect(JSON.parse(await run('/metrics loss'))).toEqual(results(0, both))
  expect(JSON.parse(await run('/metrics'))).toEqual(results(0, both))
  expect(JSON.parse(await run('/metrics other'))).toEqual({ ...results(2, []), metric: 'other' })
  const stdout = async (line: string) => JSON.parse(await run(line)).untrusted_stdout
  expect((await stdout('/tail 1')).slice(1)).toEqual(['first', 'hello from 1'])
  expect(await stdout('/tail 1 1')).toEqual(['hello from 1'])
  expect(await run('/tail 2')).toBe('trial 2 does not exist')
  expect(await run('/stats')).toBe('Time and memory of 2 trials.')
  expect(await run('/stats 9')).toBe('trial 9 does not exist; list the trials with `herd ls`')
  const names = [0, 1].map((i) => one.workspace.journal.fold.trials.get(i)?.trial.name)
  expect(await runCommand(parts, '/results', 'ada')).toEqual({
    text: 'The results of 2 trials.',
    file: {
      name: 'results.tsv',
      about: 'The results of 2 trials.',
      content: `trial_id\texperiment_name\tstate\tx\n0\t${names[0]}\tcompleted\t1\n1\t${names[1]}\tcompleted\t2`,
    },
  })
  expect(await runCommand(parts, '/trials', 'ada')).toEqual({
    text: 'The state of 2 trials.',
    file: {
      name: 'trials.tsv',
      about: 'The state of 2 trials.',
      content: `trial_id\tstate\tattempt\tstep\treason\texperiment_name\n0\tcompleted\t1\t4\t\t${names[0]}\n1\tcompleted\t1\t4\t\t${names[1]}`,
    },
  })
  const stats = await runCommand(parts, '/stats 1', 'ada')
  expect(stats).toEqual({
    text: 'Time and memory of 1 trials.',
    file: { name: 'stats.tsv', about: stats.text, content: stats.file?.content },
  })
  expect(
    String(stats.file?.content)
      .split('\n')
      .map((row) => row.split('\t').at(-1)),
  ).toEqual(['name', names[1]])
  expect(acts).toEqual([])
})

test('the statistics of a metric cover the chosen steps', async () => {
  const one = sweep(LAUNCHER, { trials: 2 })
  await one.finish()
  const { parts } = operated(one)
  const outlook = outlookOf([trialOf(0), trialOf(1)])
  const statistics = (args: object) =>
    READ_TOOLS['compute_metric']?.({ ...parts, outlook }, { index: 1, metric: 'loss', ...args })
  const four = {
    n: 4,
    n_total: 4,
    last: 0.1,
    mean: 2.025,
    median: 2,
    stddev: expect.closeTo(1.37908484148, 9),
    min: 0.1,
    max: 4,
  }
  expect(statistics({})).toEqual({
    ...four,
    has_nan_or_inf: false,
    recent: [2, 4, 2, 0.1],
    step_first: 1,
    step_last: 4,
  })
  const two = { n: 2, n_total: 4, last: 2, mean: 3, median: 2, stddev: 1, min: 2, max: 4 }
  expect(statistics({ step_min: 2, step_max: 3 })).toEqual({
    ...two,
    has_nan_or_inf: false,
    recent: [4, 2],
    step_first: 2,
    step_last: 3,
  })
  expect(statistics({ last_n: 2, step_max: 3 })).toEqual({
    ...two,
    has_nan_or_inf: false,
    recent: [4, 2],
    step_first: 2,
    step_last: 3,
  })
  const none = { n: 0, n_total: 0, last: null, mean: null, median: null, stddev: null, min: null, max: null }
  expect(statistics({ metric: 'x' })).toEqual({
    ...none,
    has_nan_or_inf: false,
    recent: [],
    step_first: null,
    step_last: null,
  })
  const listed = { name: 'loss', n: 4, step_first: 1, step_last: 4, last: 0.1 }
  expect(READ_TOOLS['list_metrics']?.({ ...parts, outlook }, { index: 1 })).toEqual({ untrusted_metrics: [listed] })
})

test('the status shows the totals, the driver and the schedulers that do not answer', () => {
  const trials = [trialOf(0), trialOf(1, { state: 'running' }), trialOf(2, { state: 'failed' }), trialOf(3)]
  const outlook = outlookOf(trials, { driver: 'process 7 on h', silent: ['squeue\u0007 fails', 'sacct fails'] })
  expect(statusText(outlook)).toBe(
    's: 4 trials: ready 2, running 1, failed 1\ndriver: process 7 on h\nsqueue\ufffd fails\nsacct fails',
  )
  expect(statusText(outlookOf([]))).toBe('s: 0 trials: \nno driver is running')
})

test('info shows the tick, and each open proposal', async () => {
  const { run, fold } = operated(sweep(LAUNCHER, { trials: 1 }))
  expect(await run('/info')).toBe('tick 0, no model is used\nno open proposals')
  const act = { tool: 'stop_index', args: { index: 0 }, expect: [], class: 'cheap', reason: 'r' }
  fold.take({ event: 'proposal', tick: 3, id: '3.1', phase: 'proposal', act, text: 'stop it?' })
  expect(await run('/info')).toBe('tick 0, no model is used\n3.1: stop it?')
})
