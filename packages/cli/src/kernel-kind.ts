import { statSync } from 'node:fs'
import { readLastLines } from '@hotcb/journal'
import { isObject, parseJson } from '@hotcb/protocol'
import type { Run } from './run.ts'

/**
 * Whether another kernel, such as hotcb 2's in Python, serves the run: it answers no `cid` and knows no conditions.
 *
 * It is so when the ledger's last line lacks `cid`, or the control descriptions are there without a state document or
 * over five seconds newer than it.
 */
export function isForeignKernel(run: Run): boolean {
  const [last] = readLastLines(run.path('ledger'), 1)
  if (last !== undefined) {
    const line = parseJson(last.text)
    if (line.ok && isObject(line.value) && !('cid' in line.value)) return true
  }
  const actuators = modified(run.path('actuators'))
  if (actuators === undefined) return false
  const state = modified(run.path('state'))
  return state === undefined || actuators - state > 5000
}

function modified(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs
}
