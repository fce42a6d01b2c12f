import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Executor, OpenAttempt, UsageReading } from '../src/executor/executor.ts'
import { executorOf } from '../src/node/executors.ts'
import { loadConfig } from '../src/node/workspace.ts'
import { openWorkspace, type Workspace } from '../src/node.ts'

const OUTER = process.env['PATH'] ?? ''
let root = ''
let workspace: Workspace | undefined

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sweep-usage-'))
  const bin = join(root, 'bin')
  mkdirSync(bin)
  // Each named task has its own row and a row for its batch step, as slurmdbd returns them.
  const sacct = `echo call >> '${root}/calls'
while [ "$1" != -j ]; do shift; done
for id in $(echo "$2" | tr , ' '); do echo "$id|COMPLETED|00:00:01|||1G"; echo "$id.batch|COMPLETED|00:00:01|2048K|1024K|"; done`
  for (const [name, text] of Object.entries({ sacct, scontrol: 'echo "MaxArraySize = 1001"' })) {
    writeFileSync(join(bin, name), `#!/bin/bash\n${text}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  process.env['PATH'] = `${bin}${delimiter}${OUTER}`
  writeFileSync(
    join(root, 'hyperherd.yaml'),
    'name: t\ngrid: all\nlauncher: ./l.sh\nslurm: {partition: p}\nparameters:\n  x: {type: discrete, values: [1]}\n',
  )
  workspace = openWorkspace(root)
  mkdirSync(workspace.paths.state)
})
afterEach(() => {
  workspace?.close()
  process.env['PATH'] = OUTER
  rmSync(root, { recursive: true, force: true })
})

function slurm(): Executor {
  if (workspace === undefined) throw new Error('no workspace')
  return executorOf(workspace, loadConfig(workspace.paths).config)
}

const calls = (): number => readFileSync(join(root, 'calls'), 'utf8').trim().split('\n').length

/** Trials that ended long ago, most recent first; every tenth failed. */
const attempts = Array.from({ length: 250 }, (_, i): OpenAttempt => {
  const seen = i % 10 === 9 ? 'failed' : 'completed'
  return { i, n: 1, sid: 's', task: i, job: '7', at: 1000, seen, r: 0, facts: { begun: 1000, ended: 5000 - i } }
})

test('memory that the accounting cannot report in time is read by the next query, failed trials first', async () => {
  const executor = slurm()
  const read = async (withinMs?: number): Promise<UsageReading> => {
    const said = await executor.usage?.(attempts, withinMs)
    if (said?.answered !== true) throw new Error('no answer')
    return said.value
  }
  const first = await read(0)
  expect([first.used.length, first.unasked, calls()]).toEqual([100, 150, 1])
  const failed = attempts.filter(({ seen }) => seen === 'failed').map(({ i }) => i)
  const others = attempts.filter(({ seen }) => seen !== 'failed').slice(0, 75)
  expect(first.used.map(({ i }) => i)).toEqual([...failed, ...others.map(({ i }) => i)])
  expect(first.used[0]).toMatchObject({ maxRssBytes: 2048 * 1024, reqMemBytes: 2 ** 30 })
  // Results that were read are stored and not queried again.
  expect([(await read(0)).used.length, calls()]).toEqual([200, 2])
  const all = await read()
  expect([all.used.length, all.unasked, calls()]).toEqual([250, 0, 3])
  expect(new Set(all.used.map(({ i }) => i)).size).toBe(250)
  await read()
  expect(calls()).toBe(3)
})
