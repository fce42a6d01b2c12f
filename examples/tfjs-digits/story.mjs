// Shared by both training runs of this example: a run directory, commands from a second process, and the checks.
import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The run directory named on the command line, or a new one. */
export function runDirectory() {
  const [given] = process.argv.slice(2)
  const dir = given ?? mkdtempSync(join(tmpdir(), 'hotcb-tfjs-digits-'))
  mkdirSync(dir, { recursive: true })
  return dir
}

/** The line that `hotcb --dir DIR set ...` in a second terminal would append. */
export function command(dir, params) {
  const line = { source: 'cli', module: 'opt', op: 'set_params', params }
  appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify(line)}\n`)
}

/** Prints the changes in the ledger, and exits with an error if they are not as expected. */
export function check(dir, accuracy, changes) {
  const lines = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8').trimEnd().split('\n')
  const told = lines.map((line) => JSON.parse(line)).filter((line) => line.module === 'opt')
  for (const { step, decision, old, payload } of told) {
    console.log(`step ${step}: ${decision} ${JSON.stringify(old)} -> ${JSON.stringify(payload)}`)
  }
  console.log(`accuracy ${accuracy.toFixed(3)} on 360 digits; run directory ${dir}`)
  assert.deepEqual(
    told.map(({ step, decision, payload }) => ({ step, decision, payload })),
    changes.map(({ step, payload }) => ({ step, decision: 'applied', payload })),
  )
  assert.ok(accuracy > 0.93, `expected an accuracy above 0.93, got ${accuracy}`)
}
