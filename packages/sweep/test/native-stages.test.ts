import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { readConfig } from '../src/config/read-config.ts'
import { drive, openWorkspace, readSweepStatus, runSweep, type Workspace } from '../src/node.ts'
import { type StandInCluster, startCluster } from './stand-in-cluster.ts'

const opened: { readonly cluster: StandInCluster; readonly workspace: Workspace }[] = []
afterEach(() => {
  for (const { cluster, workspace } of opened.splice(0)) {
    workspace.close()
    cluster.remove()
  }
})

const CONFIG = `name: t
launcher: ./l.sh
slurm: {partition: p}
retries: {backoff: 0}
grid: all
parameters:
  x: {type: discrete, values: [1, 2, 3]}
stages:
  first:
  second:
    after: first
    take: all
    native: true
  third:
    after: second
    take: each
    native: true
`

function open(config: string, launcher: string): Workspace & { readonly root: string } {
  const cluster = startCluster()
  const { root } = cluster
  writeFileSync(join(root, 'hyperherd.yaml'), config)
  writeFileSync(
    join(root, 'l.sh'),
    `#!/bin/bash\necho "$HYPERHERD_TRIAL_ID after \${HYPERHERD_PARENT_ID:--}" >> ran\n${launcher}\n`,
  )
  chmodSync(join(root, 'l.sh'), 0o755)
  const workspace = openWorkspace(root)
  opened.push({ cluster, workspace })
  return { ...workspace, root }
}

const ran = (root: string): readonly string[] => readFileSync(join(root, 'ran'), 'utf8').trim().split('\n')

const states = async (workspace: Workspace): Promise<readonly string[]> =>
  (await readSweepStatus(workspace)).trials.map(({ state, reason }) => (reason === null ? state : `${state} ${reason}`))

function dependenciesIn(scripts: readonly string[]): readonly string[] {
  return scripts.map((path) => /--dependency=(\S+)/.exec(readFileSync(path, 'utf8'))?.[1] ?? 'none')
}

test('a single run submits native stages with the jobs that they depend on in SLURM, and needs no driver', async () => {
  const workspace = open(CONFIG, '')
  writeFileSync(join(workspace.root, 'holds'), '')
  const { called, submitted, later } = await runSweep(workspace)
  expect(called).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  expect(later).toEqual([])
  expect(submitted?.jobs).toEqual(['7000', '7001', '7002', '7003', '7004'])
  const each = ['afterany:7001_3', 'afterany:7001_4', 'afterany:7001_5']
  expect(dependenciesIn(submitted?.scripts ?? [])).toEqual(['none', 'afterany:7000', ...each])
  const { trials, needsDriver } = await readSweepStatus(workspace)
  expect(needsDriver).toBe(false)
  expect(trials.map(({ trial }) => trial.parent ?? null)).toEqual([null, null, null, 0, 1, 2, 3, 4, 5])
  expect((await runSweep(workspace)).called).toEqual([])
})

test('a trial in a native stage whose parent did not complete fails with `parent`, and is rerun once the parent completes', async () => {
  // The stand-in runs each task when it is submitted, so the children find the marks of their parents.
  const workspace = open(CONFIG, '[ "$HYPERHERD_TRIAL_ID" = 1 ] && [ ! -e mended ] && exit 3; exit 0')
  await runSweep(workspace)
  expect(await states(workspace)).toEqual([
    ...['completed', 'failed exit', 'completed'],
    ...['completed', 'failed parent', 'completed'],
    ...['completed', 'failed parent', 'completed'],
  ])
  expect(ran(workspace.root)).toEqual([
    '0 after -',
    '1 after -',
    '2 after -',
    '3 after 0',
    '5 after 2',
    '6 after 3',
    '8 after 5',
  ])
  writeFileSync(join(workspace.root, 'mended'), '')
  await runSweep(workspace)
  expect(await states(workspace)).toEqual(Array(9).fill('completed'))
  expect(ran(workspace.root).slice(7)).toEqual(['1 after -', '4 after 1', '7 after 4'])
})

test('a driver reruns the children of a parent that a retry completed, and stops those of a parent that failed permanently', async () => {
  const launcher =
    '[ "$HYPERHERD_TRIAL_ID-$HYPERHERD_ATTEMPT" = 0-1 ] && exit 3; [ "$HYPERHERD_TRIAL_ID" = 2 ] && exit 9; exit 0'
  const workspace = open(CONFIG.replace('{backoff: 0}', '{exit: 1, backoff: 0}'), launcher)
  await runSweep(workspace)
  await drive(workspace, { everyMs: 20 })
  const [, , third, fourth, , sixth] = await states(workspace)
  expect([third, fourth, sixth]).toEqual(['failed exit', 'completed', 'failed parent'])
  expect((await states(workspace)).filter((one) => one === 'completed')).toHaveLength(6)
})

test.each([
  ['take: best 2', 'native', 'the best trials are not known until the end; remove `native`'],
  [
    'take: each\n    slurm: {max_concurrent: 2}',
    'native',
    '`max_concurrent` would not apply to trials that start one by one; use `take: all`',
  ],
])('a native stage with `%s` is refused in one line', (fields, field, told) => {
  const head =
    'name: t\nlauncher: ./l.sh\nobjective: {metric: loss, direction: min}\nslurm: {partition: p}\ngrid: all\n'
  const reading = readConfig(
    `${head}parameters:\n  x: {type: discrete, values: [1]}\nstages:\n  a:\n  b:\n    after: a\n    ${fields}\n    native: true\n`,
  )
  expect(reading.ok ? [] : reading.problems.map((one) => `${one.field}: ${one.message}`)).toEqual([
    `stages.b.${field}: ${told}`,
  ])
})
