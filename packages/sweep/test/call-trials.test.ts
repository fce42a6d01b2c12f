import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { callTrials, openWorkspace, readSweepStatus, runSweep, type Workspace } from '../src/node.ts'
import { type StandInCluster, startCluster } from './stand-in-cluster.ts'

let cluster: StandInCluster
let workspace: Workspace

beforeEach(() => {
  cluster = startCluster()
  writeFileSync(
    join(cluster.root, 'l.sh'),
    '#!/bin/bash\necho "$HYPERHERD_TRIAL_ID-$HYPERHERD_ATTEMPT" >> ran\nexit 1\n',
  )
  workspace = openWorkspace(cluster.root)
})

afterEach(() => {
  workspace.close()
  cluster.remove()
})

function submissions(): readonly string[] {
  const calls = readFileSync(join(cluster.root, 'calls'), 'utf8').trim().split('\n')
  return calls.filter((line) => line.startsWith('sbatch'))
}

function scriptsWith(text: string): readonly string[] {
  const dir = join(cluster.root, '.hyperherd/submissions')
  return readdirSync(dir).filter((name) => readFileSync(join(dir, name), 'utf8').includes(text))
}

test('a called trial gets its own memory, is called once per act, and does not affect other trials', async () => {
  await runSweep(workspace)
  expect((await readSweepStatus(workspace)).trials.map(({ state }) => state)).toEqual(['failed', 'failed'])
  const again = await callTrials(workspace, [0], { act: 'a1', mem: '12288M' })
  expect([again.trials, again.submitted?.trials]).toEqual([[0], [0]])
  expect((await callTrials(workspace, [0], { act: 'a1', mem: '12288M' })).trials).toEqual([])
  expect(submissions()).toHaveLength(2)
  expect(scriptsWith('--mem=12288M')).toHaveLength(1)
  await callTrials(workspace, [0, 1], { act: 'a2' })
  // One trial keeps its increased memory; the other has the memory in the config.
  expect([scriptsWith('--mem=12288M').length, scriptsWith('--mem=8G').length]).toEqual([2, 2])
  expect(readFileSync(join(cluster.root, 'ran'), 'utf8').trim().split('\n').sort()).toEqual([
    '0-1',
    '0-2',
    '0-3',
    '1-1',
    '1-2',
  ])
})

test('a trial that is running or completed is refused', async () => {
  writeFileSync(join(cluster.root, 'l.sh'), '#!/bin/bash\nexit 0\n')
  await runSweep(workspace)
  await expect(callTrials(workspace, [1], { act: 'a1' })).rejects.toThrow(
    'trial 1 cannot be started because it is completed',
  )
  expect((await callTrials(workspace, [1], { act: 'a2', force: true })).trials).toEqual([1])
})
