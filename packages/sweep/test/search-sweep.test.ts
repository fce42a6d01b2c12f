import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { trialState } from '../src/index.ts'
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

const CLIENT = '. "$HYPERHERD_WORKSPACE/.hyperherd/clients/trial.sh"'

function sweep(launcher: string, config: string): Workspace {
  const root = mkdtempSync(join(tmpdir(), 'sweep-'))
  writeFileSync(join(root, 'hyperherd.yaml'), `name: t\nlauncher: ./launch.sh\n${config}`)
  writeFileSync(join(root, 'launch.sh'), `#!/bin/bash\n${CLIENT}\n${launcher}\n`)
  chmodSync(join(root, 'launch.sh'), 0o755)
  const workspace = openWorkspace(root)
  made.push({ root, workspace })
  return workspace
}

async function states(workspace: Workspace): Promise<readonly string[]> {
  return (await readSweepStatus(workspace)).trials.map(({ state }) => state)
}

// The parameter's value, at the end of the overrides.
const X = '"$(echo "$1" | sed s/.*x=//)"'
const PARAMETER = 'parameters:\n  x: {type: continuous, low: 0, high: 1}\n'
const OBJECTIVE = 'objective: {metric: loss, direction: min}\n'

test('a tpe search plans its next trials as others end, and continues with a new driver', async () => {
  const config = `${PARAMETER}${OBJECTIVE}local: {max_concurrent: 2}\nsearch: {method: tpe, trials: 6, parallel: 2, seed: 1}\n`
  const workspace = sweep(`log_result loss ${X}`, config)
  expect((await runSweep(workspace)).called).toEqual([0, 1])
  await drive(workspace, { once: true })
  const again = openWorkspace(workspace.paths.root)
  expect(await drive(again, { everyMs: 20 })).toBe('done')
  expect(await states(again)).toEqual(Array.from({ length: 6 }, () => 'completed'))
  again.close()
})

test('a search whose trials a person stopped proposes no more trials', async () => {
  const config = `${PARAMETER}${OBJECTIVE}local: {max_concurrent: 2, kill_wait: 1}\nsearch: {method: cmaes, trials: 9, parallel: 2}\n`
  const workspace = sweep('exec sleep 60', config)
  await runSweep(workspace)
  await drive(workspace, { once: true })
  await requestTrials(workspace, 'stop', { all: true })
  expect(await drive(workspace, { everyMs: 20 })).toBe('done')
  expect(await states(workspace)).toEqual(['cancelled', 'cancelled'])
})

// A trial waits at each rung for the decision about it, so each one is judged there, however slow the machine is.
const STEPS = `
decided() { [ -e "$HOTCB_RUN_DIR/_signal" ] || grep -q "sh/loss/$step/$HYPERHERD_TRIAL_ID\\"" .hyperherd/journal/*.jsonl; }
for step in 1 2 3 4 5 6 7 8; do
  log_result loss ${X} $step || exit
  case $step in 2|4) until decided; do sleep 0.02; done ;; esac
done`

test('mode sync pauses trials that must wait for others, and resumes those that continue', async () => {
  const halving = 'successive_halving: {metric: loss, direction: max, min_steps: 2, budget: 8, eta: 2, mode: sync}\n'
  const values = 'grid: all\nparameters:\n  x: {type: discrete, values: [1, 4, 3, 2]}\n'
  const workspace = sweep(STEPS, `${values}${halving}local: {max_concurrent: 2}\n`)
  await runSweep(workspace)
  expect(await drive(workspace, { everyMs: 20 })).toBe('done')
  const verdicts = [...workspace.journal.fold.decisions].map(([key, { verdict }]) => `${key} ${verdict}`).sort()
  expect(verdicts).toEqual([
    'sh/loss/2/0 prune',
    'sh/loss/2/1 promote',
    'sh/loss/2/2 promote',
    'sh/loss/2/3 prune',
    'sh/loss/4/1 promote',
    'sh/loss/4/2 prune',
  ])
  expect((await states(workspace))[1]).toBe('completed')
})

test('mode asha_promote pauses every trial at its step, and free slots resume the best waiting trials', async () => {
  const halving =
    'successive_halving: {metric: loss, direction: max, min_steps: 2, budget: 8, eta: 2, mode: asha_promote}\n'
  const values = 'grid: all\nparameters:\n  x: {type: discrete, values: [1, 4, 3, 2]}\n'
  const workspace = sweep(STEPS, `${values}${halving}local: {max_concurrent: 2}\n`)
  await runSweep(workspace)
  expect(await drive(workspace, { everyMs: 20 })).toBe('done')
  const verdicts = [...workspace.journal.fold.decisions].map(([key, { verdict }]) => `${key} ${verdict}`).sort()
  expect(verdicts).toEqual(['sh/loss/2/1 promote', 'sh/loss/2/2 promote', 'sh/loss/4/1 promote'])
  expect(await states(workspace)).toEqual(['paused', 'completed', 'paused', 'paused'])
})

test('mode asha_promote trains the best trial to completion, even if a step has too few trials to choose from', async () => {
  const halving =
    'successive_halving: {metric: loss, direction: max, min_steps: 2, budget: 8, eta: 2, mode: asha_promote}\n'
  const values = 'grid: all\nparameters:\n  x: {type: discrete, values: [1, 3, 2]}\n'
  const workspace = sweep(STEPS, `${values}${halving}local: {max_concurrent: 1}\n`)
  await runSweep(workspace)
  expect(await drive(workspace, { everyMs: 20 })).toBe('done')
  const verdicts = [...workspace.journal.fold.decisions].map(([key, { verdict }]) => `${key} ${verdict}`).sort()
  expect(verdicts).toEqual(['sh/loss/2/1 promote', 'sh/loss/4/1 promote'])
  expect(await states(workspace)).toEqual(['paused', 'completed', 'paused'])
})

test('a driver that shows the sweep after each check still records the end of every trial', async () => {
  const values = 'grid: all\nparameters:\n  x: {type: discrete, values: [1, 2, 3, 4, 5, 6]}\n'
  const workspace = sweep(
    'for step in 1 2 3; do log_result loss 1 $step; done',
    `${values}local: {max_concurrent: 2}\n`,
  )
  await runSweep(workspace)
  const show = async (): Promise<void> => {
    // Trials may end between a check and the status shown after it.
    for (let times = 0; times < 5; times++) await readSweepStatus(workspace)
  }
  expect(await drive(workspace, { everyMs: 20, onTick: show })).toBe('done')
  const recorded = openWorkspace(workspace.paths.root)
  recorded.journal.refresh()
  expect([...recorded.journal.fold.trials.values()].map(trialState)).toEqual(Array(6).fill('completed'))
  recorded.close()
})

test('with a budget of trials the driver ends after that number; a larger budget continues the sweep', async () => {
  const values = 'grid: all\nparameters:\n  x: {type: discrete, values: [1, 2, 3]}\n'
  const workspace = sweep('exit 0', `${values}budget: {trials: 2}\n`)
  await runSweep(workspace)
  expect(await drive(workspace, { everyMs: 20 })).toBe('done')
  expect(await states(workspace)).toEqual(['completed', 'completed', 'waiting'])
  writeFileSync(workspace.paths.config, `name: t\nlauncher: ./launch.sh\n${values}budget: {trials: 3}\n`)
  await runSweep(workspace)
  expect(await drive(workspace, { everyMs: 20 })).toBe('done')
  expect(await states(workspace)).toEqual(['completed', 'completed', 'completed'])
})
