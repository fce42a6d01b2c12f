import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { SweepEvent } from '../src/journal/event.ts'
import { testConfigs, testTrial } from '../src/node/test-trial.ts'
import { attemptIn, type WrittenWorkspace, writtenWorkspace } from './written-workspace.ts'

const YAML = `name: sw
launcher: ./l.sh
grid: all
parameters:
  lr: {type: discrete, values: [0.1, 0.2]}
static_overrides: [trainer=fast]
`

async function sweepWith(...events: readonly SweepEvent[]): Promise<WrittenWorkspace> {
  const sweep = await writtenWorkspace(YAML, [{ lr: 0.1 }, { lr: 0.2 }], ...events)
  writeFileSync(join(sweep.root, 'l.sh'), '#!/bin/bash\n')
  chmodSync(join(sweep.root, 'l.sh'), 0o755)
  writeFileSync(join(sweep.root, '.env'), 'FROM_FILE=yes\nPATH=/nowhere\n')
  return sweep
}
const REAL = { isConfigOnly: false, force: false }

test("a test runs the launcher with a trial's values, but not as an attempt", async () => {
  const { workspace, root } = await sweepWith()
  const { env, ...tested } = await testTrial(workspace, 1, REAL)
  expect(tested).toEqual({
    i: 1,
    name: 't-1',
    launcher: join(root, 'l.sh'),
    overrides: 'experiment_name=t-1 lr=0.2 trainer=fast',
    cwd: root,
    setAside: [],
  })
  expect(env).toMatchObject({
    FROM_FILE: 'yes',
    PATH: process.env['PATH'],
    HYPERHERD_TRIAL_ID: '1',
    HYPERHERD_ATTEMPT: '0',
    HYPERHERD_GPUS: '',
    HYPERHERD_PARAMS: '{"lr":0.2}',
  })
  expect(existsSync(join(workspace.paths.results, '1'))).toBe(true)
  expect(existsSync(join(workspace.paths.results, '0'))).toBe(false)
})

test('a test of the config makes Hydra print it, and creates no folder', async () => {
  const { workspace } = await sweepWith(...attemptIn(0, 'running'))
  const tested = await testTrial(workspace, 0, { isConfigOnly: true, force: false })
  const line = (i: number, lr: number) => `experiment_name=t-${i} lr=${lr} trainer=fast --cfg job --resolve`
  expect([tested.overrides, tested.setAside]).toEqual([line(0, 0.1), []])
  const all = await testConfigs(workspace)
  expect(all.map(({ i, overrides, setAside }) => [i, overrides, setAside])).toEqual([
    [0, line(0, 0.1), []],
    [1, line(1, 0.2), []],
  ])
  expect(existsSync(join(workspace.paths.results, '0'))).toBe(false)
})

test('a trial that was already started is tested only with `force`, and its results are moved aside', async () => {
  const { workspace, result } = await sweepWith(...attemptIn(0, 'running'), ...attemptIn(1, 'failed'))
  for (const force of [false, true]) {
    await expect(testTrial(workspace, 0, { isConfigOnly: false, force })).rejects.toMatchObject({
      code: 'refused',
      message: 'trial 0 is running; stop it first with `herd stop 0`',
    })
  }
  await expect(testTrial(workspace, 1, REAL)).rejects.toMatchObject({
    code: 'refused',
    message:
      'trial 1 has already been started (state: failed); use `--force` to test it anyway and move its results aside',
  })
  result('1/log', 'old')
  const { setAside } = await testTrial(workspace, 1, { isConfigOnly: false, force: true })
  expect(setAside).toEqual([join(workspace.paths.results, '.old/1-1')])
  expect(existsSync(join(workspace.paths.results, '1/log'))).toBe(false)
  expect(existsSync(join(workspace.paths.results, '1'))).toBe(true)
})

test('a test is refused for an unknown trial, and for a launcher that cannot be run', async () => {
  const { workspace, root } = await sweepWith()
  await expect(testTrial(workspace, 2, REAL)).rejects.toMatchObject({
    code: 'refused',
    message: 'no trial 2; the sweep has 2 trials',
  })
  chmodSync(join(root, 'l.sh'), 0o644)
  const message = 'the launcher `./l.sh` is not executable; run `chmod +x ./l.sh`'
  await expect(testTrial(workspace, 0, REAL)).rejects.toMatchObject({ code: 'refused', message })
  await expect(testConfigs(workspace)).rejects.toMatchObject({ code: 'refused', message })
  chmodSync(join(root, 'l.sh'), 0o755)
  writeFileSync(join(root, 'hyperherd.yaml'), YAML.replace('./l.sh', '.'))
  await expect(testTrial(workspace, 0, REAL)).rejects.toMatchObject({
    code: 'refused',
    message: 'the launcher `.` is not a file; it must be the path of a bash script',
  })
  writeFileSync(join(root, 'hyperherd.yaml'), YAML.replace('./l.sh', './gone.sh'))
  await expect(testTrial(workspace, 0, REAL)).rejects.toThrow('the launcher `./gone.sh` is not a file')
})
