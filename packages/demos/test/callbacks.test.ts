import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runDemo } from '../src/index.ts'
import { command, ledger, metrics, paper, temporaryDir } from './run-support.ts'

test('callbacks can read the loss, weights and gradients of a training run, and do not change its metrics', async () => {
  const dir = temporaryDir()
  for (const [id, init] of [
    ['gradStats', { every: 2 }],
    ['tensorStats', { every: 2, paths: 'loss,weights.logits.bias' }],
    ['anomalyGuard', { max_abs: 0.001, action: 'stop', every: 3 }],
  ] as const) {
    command(dir, { op: 'load', id, target: { kind: 'module', path: '@hotcb/cb/callbacks', symbol: id }, init })
  }
  await runDemo({ dir, maxSteps: 10, seed: 1, screen: paper() })
  const log = readFileSync(join(dir, 'hotcb.log'), 'utf8')
  const [first, ...records] = metrics(dir)
  expect(Object.keys(first?.metrics ?? {})).not.toContain('loss')
  // The guard checks at step 0 and requests a stop, which happens at the next safe point. A checkpoint is saved one step later.
  expect(records).toHaveLength(2)
  expect(ledger(dir).slice(-2)).toMatchObject([
    { module: 'core', op: 'stop', source: 'cb', decision: 'applied', step: 1 },
    { module: 'core', op: 'checkpoint', source: 'trainer', decision: 'applied', step: 2 },
  ])
  const norm = Number(/\[cb gradStats\] step=0 norm=(\S+) .*grads=6\/6 nan_params=0/.exec(log)?.[1])
  expect(norm).toBeCloseTo(first?.metrics['grad_norm'] ?? Number.NaN, 2)
  expect(log).toMatch(/\[cb tensorStats\] loss step=0 numbers\[\] n=1 /)
  expect(log).toMatch(/\[cb tensorStats\] weights\.logits\.bias step=0 Float32Array\[10\] n=10 nan=0 /)
  expect(existsSync(join(dir, 'hotcb.run.json'))).toBe(true)
})
