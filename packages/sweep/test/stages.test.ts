import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { readConfig, tellConfigProblem } from '../src/index.ts'
import { drive, openWorkspace, readSweepStatus, requestTrials, runSweep, type Workspace } from '../src/node.ts'

const made: { readonly root: string; readonly workspace: Workspace }[] = []

afterEach(async () => {
  for (const { root, workspace } of made.splice(0)) {
    await requestTrials(workspace, 'stop', { all: true }).catch(() => [])
    await drive(workspace, { everyMs: 20 }).catch(() => {})
    workspace.close()
    rmSync(root, { recursive: true, force: true })
  }
})

const HEAD =
  'name: t\nlauncher: ./launch.sh\nobjective: {metric: loss, direction: min}\nlocal: {max_concurrent: 2, kill_wait: 1}\n'
const PRETRAIN = 'grid: all\nparameters:\n  x: {type: discrete, values: [3, 1, 2, 4]}\n'
const TWO = `${HEAD}${PRETRAIN}stages:\n  pretrain:\n  finetune:\n    after: pretrain\n    take: best 2\n`

/** Each trial records its arguments and its parent; the loss of a trial is its `x`, and `fail` names a trial that fails. */
const LAUNCHER = `#!/bin/bash
echo "$HYPERHERD_TRIAL_ID \${HYPERHERD_STAGE:-none} \${HYPERHERD_PARENT_ID:--} $1" >> seen
if [ -e fail-$HYPERHERD_TRIAL_ID ]; then exit 3; fi
x=\${1##* x=}; x=\${x%% *}
echo "{\\"loss\\": $x}" > "$HOTCB_RUN_DIR.json"
`

function sweep(yaml: string): Workspace & { readonly root: string } {
  const root = mkdtempSync(join(tmpdir(), 'stages-'))
  writeFileSync(join(root, 'launch.sh'), LAUNCHER)
  chmodSync(join(root, 'launch.sh'), 0o755)
  edit(root, yaml)
  const workspace = openWorkspace(root)
  made.push({ root, workspace })
  return { ...workspace, root }
}

function edit(root: string, yaml: string): void {
  writeFileSync(join(root, 'hyperherd.yaml'), yaml)
}

async function runAll(workspace: Workspace): Promise<void> {
  await runSweep(workspace)
  await drive(workspace, { everyMs: 20 })
}

/** The trials that ran: `trial stage parent arguments`, by trial. */
function seen(root: string): readonly string[] {
  const lines = readFileSync(join(root, 'seen'), 'utf8').trim().split('\n')
  return lines.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
}

async function trials(workspace: Workspace): Promise<readonly string[]> {
  return (await readSweepStatus(workspace)).trials.map(({ trial, state }) => `${trial.i} ${trial.name} ${state}`)
}

test('the best trials of a stage become parents, and their values are passed on', async () => {
  const workspace = sweep(`${TWO}    grid: all\n    parameters:\n      lr: {type: discrete, values: [0.1, 0.2]}\n`)
  const first = await runSweep(workspace)
  expect(first.called).toEqual([0, 1, 2, 3])
  expect(first.later.map(({ stage }) => stage.name)).toEqual(['finetune'])
  expect(await drive(workspace, { everyMs: 20 })).toBe('done')
  expect(seen(workspace.root).slice(4)).toEqual([
    '4 finetune 1 experiment_name=finetune-1_lr-0.1 lr=0.1 x=1',
    '5 finetune 1 experiment_name=finetune-1_lr-0.2 lr=0.2 x=1',
    '6 finetune 2 experiment_name=finetune-2_lr-0.1 lr=0.1 x=2',
    '7 finetune 2 experiment_name=finetune-2_lr-0.2 lr=0.2 x=2',
  ])
  const taken = [...workspace.journal.fold.decisions.values()]
  expect(taken.map(({ trial, evidence }) => [trial, evidence['value'], evidence['rank'], evidence['of']])).toEqual([
    [1, 1, 1, 4],
    [2, 2, 2, 4],
  ])
  expect((await runSweep(workspace)).called).toEqual([])
})

test("a child also trains with its parent's values, at full precision, and can be selected by them", async () => {
  const workspace = sweep(`${TWO}    grid: all\n    parameters:\n      lr: {type: discrete, values: [0.1]}\n`)
  writeFileSync(join(workspace.root, 'launch.sh'), `${LAUNCHER}echo "$HYPERHERD_PARAMS" >> params\n`)
  await runAll(workspace)
  const lines = readFileSync(join(workspace.root, 'params'), 'utf8').trim().split('\n')
  expect(lines.slice(4).sort()).toEqual(['{"lr":0.1,"x":1}', '{"lr":0.1,"x":2}'])
  const found = await runSweep(workspace, { pins: ['x=1'], indices: '1,4', force: true, dryRun: true })
  expect(found.called).toEqual([1, 4])
  expect(found.warnings).toEqual([
    'trial 1 runs again: trials 4 continue its earlier results; use `herd run -i 4 -f` to run them again',
  ])
})

test('between two stages without a driver, the sweep is not over, and status reports that it needs a driver', async () => {
  const workspace = sweep(TWO.replace('{max_concurrent: 2', '{max_concurrent: 4'))
  await runSweep(workspace)
  await drive(workspace, { once: true })
  let status = await readSweepStatus(workspace)
  while (status.trials.some(({ state }) => state !== 'completed')) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    status = await readSweepStatus(workspace)
  }
  expect(status.trials).toHaveLength(4)
  expect(status.needsDriver).toBe(true)
  expect(status.stages[1]).toMatchObject({ unplanned: 2, isSettled: true })
  await drive(workspace, { everyMs: 20 })
  status = await readSweepStatus(workspace)
  expect([status.trials.length, status.needsDriver, status.stages[1]?.unplanned]).toEqual([6, false, 0])
})

test('when a trial leaves the config, its children leave with it', async () => {
  const workspace = sweep(TWO)
  await runAll(workspace)
  edit(workspace.root, TWO.replace('[3, 1, 2, 4]', '[3, 2, 4]'))
  await expect(runSweep(workspace)).rejects.toThrow(
    'no longer contains 2 trial(s) that are running or have results: 1 ',
  )
  await runSweep(workspace, { force: true })
  await drive(workspace, { everyMs: 20 })
  const { trials: all } = await readSweepStatus(workspace)
  expect(all.filter(({ isOrphan }) => isOrphan).map(({ trial }) => trial.name)).toEqual(['pretrain_x-1', 'finetune-1'])
  // The next run has no reason to refuse.
  expect((await runSweep(workspace)).called).toEqual([])
})

test('a child whose parent has lost its results fails with that reason', async () => {
  const workspace = sweep(TWO)
  await runSweep(workspace, { stages: ['pretrain'] })
  await drive(workspace, { everyMs: 20 })
  rmSync(join(workspace.root, '.hyperherd/results/1'), { recursive: true })
  await runAll(workspace)
  const child = (await readSweepStatus(workspace)).trials[4]
  expect([child?.state, child?.reason]).toEqual(['failed', 'launch'])
  expect(readFileSync(join(workspace.root, '.hyperherd/logs/4.err'), 'utf8')).toContain(
    'the results of trial 1, which this one continues, no longer exist',
  )
})

test('a stage without trials to run is refused by name, and a renamed stage is recognized', async () => {
  const workspace = sweep(TWO)
  await expect(runSweep(workspace, { stages: ['finetune'] })).rejects.toThrow(
    'stage `finetune` has no trials yet: no trial of `pretrain` has run; use `herd run --stage pretrain,finetune` to run both',
  )
  await runAll(workspace)
  edit(workspace.root, TWO.replace('finetune:', 'tuned:'))
  await expect(runSweep(workspace)).rejects.toThrow(
    'stage `finetune` is no longer in the config (a renamed stage counts as a new one)',
  )
})

test('a stage without parameters runs once for each parent, and `inherit: false` passes no values on', async () => {
  const workspace = sweep(`${TWO}    inherit: false\n`)
  await runAll(workspace)
  expect(seen(workspace.root).slice(4)).toEqual([
    '4 finetune 1 experiment_name=finetune-1',
    '5 finetune 2 experiment_name=finetune-2',
  ])
})

test('a failed parent has no children, and the sweep ends if nothing is left in a stage', async () => {
  const workspace = sweep(`${TWO.replace('best 2', 'all')}  evaluate: {after: finetune}\n`)
  for (const i of [0, 2]) writeFileSync(join(workspace.root, `fail-${i}`), '')
  for (const i of [4, 5]) writeFileSync(join(workspace.root, `fail-${i}`), '')
  await runAll(workspace)
  expect(await trials(workspace)).toEqual([
    '0 pretrain_x-3 failed',
    '1 pretrain_x-1 completed',
    '2 pretrain_x-2 failed',
    '3 pretrain_x-4 completed',
    '4 finetune-1 failed',
    '5 finetune-3 failed',
  ])
  const { stages, needsDriver } = await readSweepStatus(workspace)
  expect(stages.map(({ isSettled }) => isSettled)).toEqual([true, true, true])
  expect(needsDriver).toBe(false)
})

test('a stopped trial keeps the next stage waiting until `prune` abandons the trial', async () => {
  const workspace = sweep(TWO)
  await runSweep(workspace)
  await requestTrials(workspace, 'stop', { index: 3 })
  await drive(workspace, { everyMs: 20 })
  const { stages } = await readSweepStatus(workspace)
  expect(stages[1]?.waitsFor.map(({ trial }) => trial.i)).toEqual([3])
  await requestTrials(workspace, 'prune', { index: 3 })
  await drive(workspace, { everyMs: 20 })
  expect((await trials(workspace)).slice(3)).toEqual([
    '3 pretrain_x-4 pruned',
    '4 finetune-1 completed',
    '5 finetune-2 completed',
  ])
})

test('`take: each` does not wait for the other trials of its stage', async () => {
  const workspace = sweep(TWO.replace('best 2', 'each'))
  await runSweep(workspace, { indices: '1' })
  await drive(workspace, { everyMs: 20 })
  expect(await trials(workspace)).toEqual([
    '0 pretrain_x-3 ready',
    '1 pretrain_x-1 completed',
    '2 pretrain_x-2 ready',
    '3 pretrain_x-4 ready',
    '4 finetune-1 completed',
  ])
})

test('only the named stage runs, and no driver starts the next one until it is requested', async () => {
  const workspace = sweep(TWO)
  await runSweep(workspace, { stages: ['pretrain'] })
  await drive(workspace, { everyMs: 20 })
  expect((await trials(workspace)).length).toBe(4)
  expect((await runSweep(workspace, { stages: ['finetune'] })).called).toEqual([4, 5])
  await drive(workspace, { everyMs: 20 })
  expect((await trials(workspace)).slice(4)).toEqual(['4 finetune-1 completed', '5 finetune-2 completed'])
  await expect(runSweep(workspace, { stages: ['finetne'] })).rejects.toThrow(
    '`--stage finetne`: no such stage; choose from pretrain, finetune',
  )
})

test('a finished sweep gets a second stage, and none of its trials is rerun', async () => {
  const workspace = sweep(`${HEAD}${PRETRAIN}`)
  await runAll(workspace)
  edit(workspace.root, TWO)
  expect((await runSweep(workspace)).called).toEqual([4, 5])
  await drive(workspace, { everyMs: 20 })
  expect(await trials(workspace)).toEqual([
    '0 x-3 completed',
    '1 x-1 completed',
    '2 x-2 completed',
    '3 x-4 completed',
    '4 finetune-1 completed',
    '5 finetune-2 completed',
  ])
})

test('`prune` abandons a failed trial that is named; `prune --all` affects only running trials', async () => {
  const workspace = sweep(`${HEAD}${PRETRAIN}`)
  writeFileSync(join(workspace.root, 'fail-0'), '')
  await runAll(workspace)
  expect(await requestTrials(workspace, 'prune', { all: true })).toEqual([])
  await requestTrials(workspace, 'prune', { index: 0 })
  expect((await trials(workspace))[0]).toBe('0 x-3 pruned')
  expect((await runSweep(workspace)).called).toEqual([])
})

test('a better trial that ends later replaces no parent; a larger number selects more parents', async () => {
  const workspace = sweep(TWO)
  writeFileSync(join(workspace.root, 'fail-1'), '')
  await runAll(workspace)
  expect((await trials(workspace)).slice(4)).toEqual(['4 finetune-2 completed', '5 finetune-0 completed'])
  rmSync(join(workspace.root, 'fail-1'))
  await runAll(workspace)
  expect((await trials(workspace)).length).toBe(6)
  edit(workspace.root, TWO.replace('best 2', 'best 3'))
  await runAll(workspace)
  expect((await trials(workspace)).slice(6)).toEqual(['6 finetune-1 completed'])
  edit(workspace.root, TWO.replace('best 2', 'best 1'))
  await expect(runSweep(workspace)).rejects.toThrow('no longer contains 2 trial(s) that are running or have results')
})

test('repetitions with different seeds are ranked by their mean, and chosen together', async () => {
  const yaml = TWO.replace('best 2', 'best 1').replace('stages:', 'seeds: {values: [7, 8]}\nstages:')
  const workspace = sweep(yaml)
  await runAll(workspace)
  expect(seen(workspace.root).slice(8)).toEqual([
    '8 finetune 2 experiment_name=finetune-2 x=1 seed=7',
    '9 finetune 3 experiment_name=finetune-3 x=1 seed=8',
  ])
})

test('a search in a later stage learns from the children of each parent separately', async () => {
  const yaml = `${TWO.replace('best 2', 'best 1')}    search: {method: tpe, trials: 5, parallel: 2}\n    parameters:\n      x: {type: continuous, low: 0, high: 1}\n`
  const workspace = sweep(yaml)
  await runAll(workspace)
  const children = (await readSweepStatus(workspace)).trials.slice(4)
  expect(children.map(({ state, trial }) => [state, trial.parent])).toEqual(
    Array.from({ length: 5 }, () => ['completed', 1]),
  )
  // The child's own `x` hides the parent's.
  expect(children.every(({ trial }) => trial.params.length === 1 && trial.extras.length === 0)).toBe(true)
})

function problemsOf(yaml: string): readonly string[] {
  const reading = readConfig(yaml)
  return reading.ok ? [] : reading.problems.map((problem) => tellConfigProblem(problem, 'h.yaml'))
}

const STAGES = `${HEAD}${PRETRAIN}stages:\n`

test.each([
  [
    '  a b:\n',
    'h.yaml:9:3: stages.a b: a stage name is a letter followed by up to 31 letters, digits, dots, dashes or underscores',
  ],
  [
    '  a:\n  b: {after: later}\n',
    'h.yaml:10:14: stages.b.after: no stage "later" above this one; the stages above are a',
  ],
  [
    '  a: {after: a}\n',
    'h.yaml:9:14: stages.a.after: no stage "a" above this one; a stage must come after the stage that it follows; move it below',
  ],
  ['  pre:\n  b: {after: prr}\n', 'h.yaml:10:14: stages.b.after: no stage "prr" above this one; did you mean `pre`?'],
  [
    '  a: {take: each}\n',
    'h.yaml:9:13: stages.a.take: take selects trials of an earlier stage; name that stage with `after`',
  ],
  [
    '  a:\n  b: {after: a, take: best}\n',
    'h.yaml:10:23: stages.b.take: "best" is not all, each, or best with a number, such as best 3',
  ],
  ['  a:\n  b: {after: [a]}\n', 'h.yaml:10:14: stages.b.after: a stage can follow only one stage; use its name'],
  [
    '  a:\n  b: {after: a, take: {best: 3}}\n',
    'h.yaml:10:23: stages.b.take: use all, each, or best with a number, such as best 3',
  ],
  [
    '  a: {retries: {exit: 1}}\n',
    'h.yaml:9:16: stages.a.retries: it applies to the whole sweep; move it to the top level',
  ],
  ['  - a\n', 'h.yaml:9:3: stages: a list is not a mapping; use `key: value` lines'],
  ['  a:\n  b: {after: a, gird: all}\n', 'h.yaml:10:17: stages.b.gird: unknown field; did you mean `grid`?'],
  ['  a:\n  b: {after: a, grid: [x]}\n', 'h.yaml:10:24: stages.b.grid[0]: no parameter "x"; there are no `parameters`'],
  [
    '  a:\n  b: {after: a, search: {method: random, trials: 3}}\n',
    'h.yaml:10:25: stages.b.search: the stage has no `parameters` to search',
  ],
])('the config %j is refused with one line', (yaml, told) => {
  expect(problemsOf(`${STAGES}${yaml}`)).toEqual([told])
})

test('parameters that no stage inherits are not silently ignored', () => {
  const own = '{grid: all, parameters: {y: {type: discrete, values: [1]}}}'
  expect(problemsOf(`${STAGES}  a: ${own}\n`)).toEqual([
    'h.yaml:5:7: grid: each stage has its own; move it into a stage, or remove it',
    'h.yaml:7:3: parameters: each stage has its own; move it into a stage, or remove it',
  ])
})

test('`best` needs an objective, and a mistake at the top level is reported once', () => {
  const without = STAGES.replace(/objective.*\n/, '')
  expect(problemsOf(`${without}  a:\n  b: {after: a, take: best 2}\n`)[0]).toContain('a has no `objective`')
  expect(problemsOf(`${STAGES.replace('kill_wait: 1', 'kill_wait: x')}  a:\n  b:\n`)).toHaveLength(1)
})

test('a stage that waits for all trials is refused if they may stay paused', () => {
  const rules = '{metric: loss, direction: min, min_steps: 1, budget: 2, mode: asha_promote}'
  const reading = readConfig(TWO.replace('  pretrain:\n', `  pretrain: {successive_halving: ${rules}}\n`))
  const problems = reading.ok ? [] : reading.problems.map(({ field, message }) => `${field}: ${message}`)
  const remedy = 'use `take: each` here, or `mode: asha` there'
  const why = 'trials of pretrain may stay paused because its mode is asha_promote'
  expect(problems).toEqual([`stages.finetune.after: ${why}; ${remedy}`])
})
