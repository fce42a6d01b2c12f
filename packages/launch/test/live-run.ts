import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import { formatLedgerLine, type JsonObject, readLedgerLine, runFiles } from '@hotcb/protocol'
import { onTestFinished } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'
import type { Training } from '../src/index.ts'

/** A new empty directory, removed when the test is over. */
export function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-launch-test-'))
  onTestFinished(() => removeDirectory(dir))
  return dir
}

/** Writes the state document of a run whose trainer is this process. */
export function writeState(dir: string, fields: object = {}, kernel: object = {}): void {
  const own = { name: 'k', version: '1', pid: process.pid, host: hostname(), attempt: 1, start: processStart() }
  const state = { protocol: 1, kernel: { ...own, ...kernel }, step: 40, paused: false, closed: false, held: [] }
  writeFileSync(join(dir, runFiles.state), JSON.stringify({ ...state, ...fields }))
}

/** Describes its controls. */
export function writeControls(dir: string, controls: readonly object[]): void {
  writeFileSync(join(dir, runFiles.actuators), JSON.stringify({ controls }))
}

/** The description of a control. */
export const LR: Readonly<Record<string, unknown>> = {
  param_key: 'lr',
  type: 'log_float',
  group: 'optimizer',
  min: 0,
  max: 1,
  current: 0.1,
  state: 'verified',
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

/** Appends a record of metrics. */
export function report(dir: string, step: number, metrics: object): void {
  appendFileSync(join(dir, runFiles.metrics), `${JSON.stringify({ step, metrics })}\n`)
}

/** Appends lines to its launch log, as a keeper does. */
export function log(dir: string, ...lines: readonly JsonObject[]): void {
  appendFileSync(join(dir, runFiles.launch), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}

/** The values in a JSON Lines file. */
export function linesOf(dir: string, file: 'commands' | 'launch'): readonly Readonly<Record<string, unknown>>[] {
  const text = readFileSync(join(dir, runFiles[file]), 'utf8')
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
}

/** A built-in example that runs a shell script in the directory of the launch. */
export function training(script: string, more: Partial<Training> = {}): Training {
  return {
    description: 'Runs a script.',
    argv: ['sh', '-c', script],
    maxSteps: 500,
    stepDelaySeconds: 0.15,
    keyMetric: null,
    writesRun: false,
    ...more,
  }
}

const MOST_TRIES = 60_000

/** Waits until a condition is true, for at most about ten seconds. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    if (tries === MOST_TRIES) throw new Error('the condition did not become true')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
