// `status` of 10,000 trials beside JSON.parse of the journal's lines. Prints one JSON object.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openWorkspace, readSweepStatus } from '@hotcb/sweep/node'
import { cpuMs, withWorkspace, writeRunning } from './workspace.mjs'

const PARAMETERS = '  a: {type: int, low: 0, high: 99}\n  b: {type: int, low: 0, high: 99}\n'

await withWorkspace(PARAMETERS, '', async (root) => {
  const { journal } = await writeRunning(root, 9000, (i) => i < 8990)
  const lines = readdirSync(journal).flatMap((name) => readFileSync(join(journal, name), 'utf8').trim().split('\n'))
  const before = cpuMs()
  for (const line of lines) JSON.parse(line)
  const floor_ms = cpuMs() - before
  const start = cpuMs()
  const workspace = openWorkspace(root)
  const fold_ms = cpuMs() - start
  const { trials } = await readSweepStatus(workspace)
  const status_ms = cpuMs() - start
  workspace.close()
  const running = trials.filter(({ state }) => state === 'running').length
  process.stdout.write(`${JSON.stringify({ count: trials.length, running, fold_ms, status_ms, floor_ms })}\n`)
})
