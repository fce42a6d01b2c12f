import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import { formatLedgerLine, readLedgerLine, runFiles } from '@hotcb/protocol'
import { temporaryDirectory } from './directory.ts'

/** Writes the state document of a run whose trainer is this process. */
export function writeState(dir: string, more: object = {}, kernel: object = {}): void {
  const own = {
    name: 'k',
    version: '1',
    pid: process.pid,
    host: hostname(),
    attempt: 1,
    start: processStart(),
    ...kernel,
  }
  const freeze = { mode: 'off', recipe_path: null, adjust_path: null, policy: 'best_effort', step_offset: 0 }
  const state = { protocol: 1, kernel: own, step: 40, paused: false, closed: false, freeze, held: [], ...more }
  writeFileSync(join(dir, runFiles.state), JSON.stringify(state))
}

/** Creates such a run. Returns its directory. */
export function runWithTrainer(): string {
  const dir = join(temporaryDirectory(), 'exp')
  mkdirSync(dir)
  writeState(dir)
  return dir
}

/** Appends a line to its ledger. */
export function ledger(dir: string, fields: object): void {
  const read = readLedgerLine({
    seq: 1,
    step: 41,
    module: 'core',
    op: 'pause',
    decision: 'applied',
    cid: 'c',
    ...fields,
  })
  if (!read.ok) throw new Error(read.reason)
  appendFileSync(join(dir, runFiles.ledger), formatLedgerLine(read.value))
}
