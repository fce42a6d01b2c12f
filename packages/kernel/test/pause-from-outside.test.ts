import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openKernel } from '../src/node.ts'
import { answers, command, runDir, toyTrainer } from './run-dir.ts'

/** Appends commands from another process, one each time this number of milliseconds has passed, because this one is blocked. */
function later(dir: string, ms: number, ...commands: readonly object[]): void {
  const program = `const [path, ...lines] = process.argv.slice(1)
    lines.forEach((line, i) => setTimeout(() => require('fs').appendFileSync(path, line), ${ms} * (i + 1)))`
  const lines = commands.map((one) => `${JSON.stringify(one)}\n`)
  spawn(process.execPath, ['-e', program, join(dir, 'hotcb.commands.jsonl'), ...lines], { stdio: 'ignore' })
}

test('`apply` blocks while paused, still takes commands, and records changes made in the meantime', () => {
  const dir = runDir()
  const { optimizer, state } = toyTrainer()
  const kernel = openKernel(dir, { state, lookMs: 0 })
  command(dir, { cid: 'p', module: 'core', op: 'pause' })
  const start = performance.now()
  later(
    dir,
    200,
    { cid: 'a', module: 'opt', op: 'set_params', params: { momentum: 0.5 } },
    { cid: 'r', module: 'core', op: 'resume' },
  )
  expect(kernel.apply({ step: 0 })).toEqual({
    stop: false,
    paused: false,
    rewound: null,
    degraded: false,
    superseded: false,
  })
  expect(performance.now() - start).toBeGreaterThan(300)
  kernel.close()
  expect(answers(dir).map((line) => [line.cid, line.decision, line.step])).toEqual([
    ['p', 'applied', 0],
    ['a', 'applied', 0],
    ['r', 'applied', 0],
  ])
  expect(optimizer.paramGroups[0]?.momentum).toBe(0.5)
})

test('a stop ends a pause, is returned from then on, and aborts the signal with its reason', () => {
  const dir = runDir()
  const kernel = openKernel(dir, { state: toyTrainer().state, lookMs: 0 })
  command(dir, { cid: 'p', module: 'core', op: 'pause' })
  later(dir, 100, { cid: 's', module: 'core', op: 'stop', params: { reason: 'diverged' } })
  expect(kernel.apply({ step: 0 }).stop).toBe(true)
  expect(kernel.apply({ step: 1 }).stop).toBe(true)
  kernel.close()
  expect([kernel.signal.aborted, kernel.signal.reason]).toEqual([true, 'diverged'])
  expect(answers(dir).at(-1)?.payload).toEqual({ reason: 'diverged' })
})
