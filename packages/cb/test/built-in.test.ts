import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { anomalyGuard, gradStats, heartbeat, systemStats, tensorStats, timing } from '../src/callbacks.ts'
import { openRun, runWith, said } from './support.ts'

test('heartbeat logs every N steps, and not at all for 0', () => {
  const run = runWith(heartbeat({ id: 'one', every: 2, message: 'here' }))
  for (let step = 0; step < 3; step++) run.step(step, { phase: 'train' })
  run.command('set_params', 'one', { params: { every: 0 } })
  run.step(4)
  expect(said(run)).toEqual([
    'here event=train_step_end step=0 phase=train',
    'here event=train_step_end step=2 phase=train',
  ])
})

test('a wrong parameter is refused with the value and what would be right', () => {
  expect(() => heartbeat({ id: 'x', every: -1 })).toThrow(
    '`every` must be a whole number of steps, 0 for never, got -1',
  )
  expect(() => anomalyGuard({ id: 'x', action: 'explode' as 'log' })).toThrow(
    '`action` must be one of log, checkpoint, pause, stop, got "explode"',
  )
  expect(() => heartbeat({ id: 'x', evry: 3 } as { id: string })).toThrow(
    'unknown parameter `evry`: did you mean `every`?',
  )
  const guard = anomalyGuard({ id: 'x' })
  expect(() => guard.setParams?.({ every: 5, max_abs: -1 })).toThrow(
    '`max_abs` must be a number >= 0, or null for none, got -1',
  )
  expect(guard.getParams?.()).toEqual({
    every: 1,
    paths: ['loss'],
    max_abs: null,
    action: 'log',
    raise_on_trigger: false,
    disable_after_trigger: false,
  })
})

test('timing logs step durations, and writes them as metrics of the run', () => {
  const now = vi.spyOn(performance, 'now')
  onTestFinished(() => void now.mockRestore())
  const lines: string[] = []
  const one = timing({ id: 'one', every: 4 })
  const env = { log: (line: string) => void lines.push(line), submit: () => {} }
  let clock = 0
  for (let step = 0; step <= 4; step++) {
    now.mockReturnValue(clock)
    one.handle('train_step_end', { ...env, step })
    one.handle('another_event', { ...env, step })
    clock += 10 * (step + 1)
  }
  expect(lines).toEqual(['step=4 dt_ms=40 mean_ms=25 p50_ms=20 p95_ms=40 n=4'])
})

test('tensor stats count non-finite values, and report missing paths', () => {
  const run = runWith(
    tensorStats({ id: 'one', every: 1, paths: ['w', 'val/loss', 'none'], out_path: 'hotcb.metrics.jsonl' }),
  )
  const tensor = { dataSync: () => Float32Array.of(1, 2, 3, 4, Number.NaN), shape: [5], dtype: 'float32' }
  run.step(3, { w: tensor, metrics: { 'val/loss': 0.5 } })
  expect(said(run).filter((line) => !line.startsWith('writes to'))).toEqual([
    'w step=3 float32[5] n=5 nan=1 inf=0 min=1 max=4 mean=2.5 std=1.118 l2=5.477',
    'val/loss step=3 numbers[] n=1 nan=0 inf=0 min=0.5 max=0.5 mean=0.5 std=0 l2=0.5',
    'none: no numbers at step 3',
  ])
  const [line] = readFileSync(join(run.dir, 'hotcb.metrics.jsonl'), 'utf8').split('\n')
  expect(JSON.parse(line ?? '')).toMatchObject({
    step: 3,
    epoch: null,
    metrics: { 'w/nan': 1, 'w/mean': 2.5, 'val/loss/n': 1 },
  })
})

test('an empty tensor, and gradients without numbers, produce no measurements', () => {
  const out_path = 'hotcb.metrics.jsonl'
  const tensors = runWith(tensorStats({ id: 'one', every: 1, paths: ['w'], out_path }))
  tensors.step(0, { w: [] })
  const grads = runWith(gradStats({ id: 'one', every: 1, out_path }))
  grads.step(0, { grads: {} })
  grads.step(1, { grads: { a: 'none' }, metrics: { grads: 3 } })
  expect(JSON.parse(readFileSync(join(tensors.dir, out_path), 'utf8')).metrics).toEqual({ 'w/n': 0 })
  expect(existsSync(join(grads.dir, out_path))).toBe(false)
  expect(said(grads)).toEqual([
    'step 0: the gradients at `grads` in env contain no numbers (parameters listed: 0)',
    'step 1: the gradients at `grads` in env contain no numbers (parameters listed: 1)',
  ])
})

test('grad stats report the norm over all gradients and list those that are not finite', () => {
  const run = runWith(gradStats({ id: 'one', every: 1 }))
  run.step(0, { grads: { a: [3, 4], b: Float64Array.of(12), c: 'none' } })
  run.step(1, { grads: { a: [3, Number.POSITIVE_INFINITY] } })
  run.command('set_params', 'one', { params: { norm_type: 1 } })
  run.step(2, { grads: [[3], [-4]] })
  run.step(3)
  expect(said(run)).toEqual([
    'step=0 norm=13 max_abs=12 grads=2/3 nan_params=0',
    'step=1 norm=Infinity max_abs=Infinity grads=1/1 nan_params=1 not finite: a',
    'step=2 norm=7 max_abs=4 grads=2/2 nan_params=0',
    'step 3: env has no gradients at `grads`',
  ])
})

test('system stats report the process and the machine, and the GPUs if nvidia-smi answers', async () => {
  const folder = openRun()
  const fake = folder.write('bin/nvidia-smi', '#!/bin/sh\necho "0, 87, 1024, 8192, 65, [N/A]"\n')
  chmodSync(fake, 0o755)
  vi.stubEnv('PATH', `${join(folder.dir, 'bin')}:${process.env['PATH']}`)
  onTestFinished(() => void vi.unstubAllEnvs())
  const run = runWith(systemStats({ id: 'one', every: 1, out_path: 'sys.jsonl' }))
  run.step(0)
  await vi.waitFor(() => expect(run.log()).toContain('gpu0_percent=87'), 300_000)
  expect(said(run)[0]).toMatch(/^step=0 rss_mib=\d+.* heap_mib=.* cpu_percent=.* load1=.* cores=\d+ memory_free_mib=/)
  const lines = readFileSync(join(run.dir, 'sys.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).metrics)
  expect(lines[0]['sys/rss_mib']).toBeGreaterThan(1)
  expect(lines[1]).toEqual({
    'sys/gpu0_percent': 87,
    'sys/gpu0_memory_mib': 1024,
    'sys/gpu0_memory_total_mib': 8192,
    'sys/gpu0_celsius': 65,
  })
})

test('system stats report once that nvidia-smi is missing', async () => {
  const folder = openRun()
  vi.stubEnv('PATH', folder.dir)
  onTestFinished(() => void vi.unstubAllEnvs())
  const run = runWith(systemStats({ id: 'one', every: 1 }))
  run.step(0)
  await vi.waitFor(() => expect(run.log()).toContain('no GPU metrics: nvidia-smi is not installed'), 300_000)
  run.step(1)
  await new Promise((resolve) => setImmediate(resolve))
  expect(run.log().match(/no GPU metrics/g)).toHaveLength(1)
})
