import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { historyOf } from '@hotcb/recipe'
import { expect, test } from 'vitest'
import { openKernel } from '../src/node.ts'
import { command, ledger, runDir, toyTrainer } from './run-dir.ts'

const attemptSteps = (dir: string): (number | null)[] =>
  ledger(dir).flatMap(({ op, step }) => (op === 'attempt' ? [step] : []))

test('the line that opens an attempt has the last step of the ledger, or 0 if the ledger is empty', () => {
  const dir = runDir()
  const first = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  for (let step = 0; step < 4; step++) {
    command(dir, { module: 'opt', op: 'set_params', params: { lr: 0.1 + step / 100 } })
    first.apply({ step })
  }
  first.close()
  openKernel(dir, { state: toyTrainer().state, lookMs: 0 }).close()
  // An attempt line that is written before the loop, with a cut.
  const third = openKernel(dir, { state: toyTrainer().state, lookMs: 0, continue: 'cut' })
  third.continueFrom({ step: 2 })
  third.close()
  expect(attemptSteps(dir)).toEqual([0, 3, 3, 3])
  expect(historyOf(ledger(dir)).entries.map(({ step }) => step)).toEqual([0, 1])
})

test('the step of an attempt line does not move the run back, and a ledger without such steps can be continued', () => {
  const dir = runDir()
  const { state, optimizer } = toyTrainer()
  const first = openKernel(dir, { state, lookMs: 0 })
  command(dir, { module: 'opt', op: 'set_params', params: { lr: 0.3 } })
  first.apply({ step: 5 })
  first.close()
  const lines = ledger(dir).map((line) => JSON.stringify(line.op === 'attempt' ? { ...line, step: null } : line))
  writeFileSync(join(dir, 'hotcb.applied.jsonl'), `${lines.join('\n')}\n`)
  const second = openKernel(dir, { state, lookMs: 0 })
  second.continueFrom({ step: 2 })
  expect(optimizer.paramGroups[0]?.lr).toBe(0.1)
  for (let step = 2; step < 7; step++) second.apply({ step })
  second.close()
  expect(optimizer.paramGroups[0]?.lr).toBe(0.3)
  expect([historyOf(ledger(dir)).wentBack, attemptSteps(dir)]).toEqual([false, [null, 5]])
})
