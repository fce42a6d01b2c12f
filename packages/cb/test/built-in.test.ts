import { chmodSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { HotCallback } from '../src/callback.ts'
import {
  anomalyGuard,
  csvLogger,
  gradStats,
  heartbeat,
  jsonlLogger,
  systemStats,
  tensorBoard,
  tensorStats,
  timing,
} from '../src/callbacks.ts'
import { parseGpus } from '../src/node/callbacks/system-stats.ts'
import { maskedCrc } from '../src/node/event-file.ts'
import { openRun, type Run, readLedger } from './support.ts'

function runWith(one: HotCallback): Run {
  return openRun({ callbacks: { callbacks: { one } } })
}

/** Lines that the callback logged. */
function said(run: Run): string[] {
  return [...run.log().matchAll(/\[cb one\] (.*)\n/g)].map((match) => match[1] ?? '')
}

test('heartbeat logs every so many steps, and not at all for 0', () => {
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

test('timing logs the time of steps, and writes them as metrics of the run', () => {
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

test('tensor stats count what is not finite, and say what is not there', () => {
  const run = runWith(
    tensorStats({ id: 'one', every: 1, paths: ['w', 'val/loss', 'none'], out_path: 'hotcb.metrics.jsonl' }),
  )
  const tensor = { dataSync: () => Float32Array.of(1, 2, 3, 4, Number.NaN), shape: [5], dtype: 'float32' }
  run.step(3, { w: tensor, metrics: { 'val/loss': 0.5 } })
  expect(said(run).filter((line) => !line.startsWith('writes to'))).toEqual([
    'w step=3 float32[5] n=5 nan=1 inf=0 min=1 max=4 mean=2.5 std=1.118 l2=5.477',
    'val/loss step=3 numbers[] n=1 nan=0 inf=0 min=0.5 max=0.5 mean=0.5 std=0 l2=0.5',
    'none: no numbers there at step 3',
  ])
  const [line] = readFileSync(join(run.dir, 'hotcb.metrics.jsonl'), 'utf8').split('\n')
  expect(JSON.parse(line ?? '')).toMatchObject({
    step: 3,
    epoch: null,
    metrics: { 'w/nan': 1, 'w/mean': 2.5, 'val/loss/n': 1 },
  })
})

test('grad stats give the norm over all gradients and name those that are not finite', () => {
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
    'no gradients at `grads` of env at step 3',
  ])
})

test('a guard strikes when a loss goes wrong, once, and stops the run through the ledger', () => {
  const run = runWith(anomalyGuard({ id: 'one', paths: ['loss', 'w'], max_abs: 100 }))
  run.step(0, { metrics: { loss: 0.5 } })
  run.step(1, { metrics: { loss: Number.NaN } })
  run.step(2, { metrics: { loss: Number.NaN } })
  run.step(3, { metrics: { loss: 1 }, w: [1, 101] })
  run.command('set_params', 'one', { params: { action: 'stop' } })
  run.step(4, { metrics: { loss: Number.POSITIVE_INFINITY } })
  expect(run.kernel.apply({ step: 5, metrics: { loss: 1 } }).stop).toBe(true)
  expect(said(run)).toEqual([
    'nothing to guard at `w` so far: metrics are loss',
    'anomaly at step 1: `loss` is NaN; action: log',
    'anomaly at step 3: `w` is 101, over max_abs 100; action: log',
    'anomaly at step 4: `loss` is Infinity; action: stop',
  ])
  expect(readLedger(run.dir).at(-1)).toMatchObject({
    module: 'core',
    op: 'stop',
    source: expect.any(String),
    decision: 'applied',
    notes: 'guard one: `loss` is Infinity',
  })
})

test('a guard of what is not there says so once, and finds names that hold dots', () => {
  const run = runWith(anomalyGuard({ id: 'one', paths: ['los', 'val_loss', 'weights.fc.1.bias', 'loss'] }))
  for (let step = 0; step < 3; step++) {
    const metrics = { train_loss: step === 2 ? Number.NaN : 1, ...(step === 1 && { val_loss: 2 }) }
    run.step(step, { metrics, weights: { 'fc.1.bias': [step === 1 ? Number.POSITIVE_INFINITY : 0] } })
  }
  expect(said(run)).toEqual([
    'nothing to guard at `los` so far: metrics are train_loss',
    'nothing to guard at `val_loss` so far: metrics are train_loss',
    'anomaly at step 1: `weights.fc.1.bias` is Infinity; action: log',
    'anomaly at step 2: `loss` is NaN; action: log',
  ])
})

test('a guard can save a checkpoint, pause, and go', () => {
  const saved: number[] = []
  const guard = anomalyGuard({ id: 'one', action: 'checkpoint', disable_after_trigger: true })
  const run = openRun({
    callbacks: { callbacks: { one: guard } },
    kernel: { checkpoints: { save: ({ step }: { step: number }) => void saved.push(step) } as never },
  })
  run.step(0, { metrics: { loss: Number.NaN } })
  run.step(1, { metrics: { loss: Number.NaN } })
  expect(saved).toHaveLength(1)
  expect(run.status('one')).toMatchObject({ enabled: false })
  const asked: unknown[] = []
  const pausing = anomalyGuard({ id: 'p', action: 'pause' })
  pausing.handle('e', { step: 0, loss: Number.NaN, log: () => {}, submit: (op) => void asked.push(op) })
  expect(asked).toEqual([{ module: 'core', op: 'pause', note: 'guard p: `loss` is NaN' }])
})

test('the JSONL logger writes chosen values, and summaries of tensors', () => {
  const run = runWith(
    jsonlLogger({ id: 'one', every: 2, scalars: ['loss', 'acc'], tensor_paths: ['w'], out_path: 'own.jsonl' }),
  )
  run.step(0, { metrics: { loss: 0.5, acc: { item: () => 0.25 } }, w: [1, 3], epoch: 1 })
  run.step(1, { metrics: { loss: 0.4 } })
  run.step(2, { metrics: { loss: Number.NaN } })
  const lines = readFileSync(join(run.dir, 'own.jsonl'), 'utf8').trim().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      id: 'one',
      event: 'train_step_end',
      step: 0,
      epoch: 1,
      phase: null,
      loss: 0.5,
      acc: 0.25,
      'w.stats': { n: 2, nan: 0, inf: 0, min: 1, max: 3, mean: 2, std: 1, l2: Math.sqrt(10) },
    },
    { id: 'one', event: 'train_step_end', step: 2, epoch: null, phase: null, loss: null },
  ])
})

test('the CSV logger keeps its columns, also in a run that starts again', () => {
  const first = runWith(csvLogger({ id: 'one', every: 1 }))
  first.step(0, { metrics: { loss: 0.5, 'a,"b': 2 } })
  first.step(1, { metrics: { loss: 0.25, late: 1 }, epoch: 3 })
  first.close()
  const second = openRun({ dir: first.dir, callbacks: { callbacks: { one: csvLogger({ id: 'one', every: 1 }) } } })
  second.step(2, { metrics: { late: 1, 'a,"b': 4 } })
  expect(readFileSync(join(first.dir, 'hotcb_metrics.csv'), 'utf8')).toBe(
    'step,epoch,loss,"a,""b"\n0,,0.5,2\n1,3,0.25,\n2,,,4\n',
  )
})

test('several events of a safe point give one row, and a column that comes too late is told', () => {
  const run = runWith(csvLogger({ id: 'one', every: 1 }))
  run.kernel.apply({ step: 0, metrics: { loss: 0.5 } }, ['train_step_end', 'val_epoch_end'])
  run.kernel.apply({ step: 0, metrics: { loss: 0.25 } }, ['val_epoch_end'])
  run.command('set_params', 'one', { params: { scalars: 'loss,acc' } })
  run.step(1, { metrics: { loss: 0.125, acc: 1 } })
  expect(readFileSync(join(run.dir, 'hotcb_metrics.csv'), 'utf8')).toBe('step,epoch,loss\n0,,0.5\n0,,0.25\n1,,0.125\n')
  expect(said(run).at(-1)).toBe('no column acc: a table keeps those of its first line, another `out_path` begins anew')
})

test('the TensorBoard writer frames scalars as TensorFlow does', () => {
  // The CRC-32C of "123456789" is e3069283 (RFC 3720, B.4 uses the same polynomial).
  const unmask = (masked: number): number => {
    const rotated = (masked - 0xa282ead8) >>> 0
    return ((rotated << 15) | (rotated >>> 17)) >>> 0
  }
  expect(unmask(maskedCrc(new TextEncoder().encode('123456789'))).toString(16)).toBe('e3069283')
  const run = runWith(tensorBoard({ id: 'one', every: 1, log_dir: 'tb' }))
  run.step(300, { metrics: { 'train/loss': 0.5 } })
  const [name = ''] = readdirSync(join(run.dir, 'tb'))
  expect(name).toMatch(/^events\.out\.tfevents\.\d{10}\./)
  const records = readRecords(readFileSync(join(run.dir, 'tb', name)))
  expect(records).toHaveLength(2)
  expect(records[0]?.subarray(9).toString('utf8')).toBe('\u001a\rbrain.Event:2')
  const expected = Buffer.concat([
    Buffer.from([0x10, 0xac, 0x02, 0x2a, 0x13, 0x0a, 0x11, 0x0a, 0x0a]),
    Buffer.from('train/loss'),
    Buffer.from([0x15, 0, 0, 0, 0x3f]),
  ])
  expect(records[1]?.subarray(9)).toEqual(expected)
})

test('system stats tell of process and machine, and of GPUs where nvidia-smi answers', async () => {
  const folder = openRun()
  const fake = folder.write('bin/nvidia-smi', '#!/bin/sh\necho "0, 87, 1024, 8192, 65, [N/A]"\n')
  chmodSync(fake, 0o755)
  vi.stubEnv('PATH', `${join(folder.dir, 'bin')}:${process.env['PATH']}`)
  onTestFinished(() => void vi.unstubAllEnvs())
  const run = runWith(systemStats({ id: 'one', every: 1, out_path: 'sys.jsonl' }))
  run.step(0)
  await vi.waitFor(() => expect(run.log()).toContain('gpu0_percent=87'))
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
  expect(parseGpus('')).toEqual({})
})

test('without nvidia-smi system stats say so once', async () => {
  const folder = openRun()
  vi.stubEnv('PATH', folder.dir)
  onTestFinished(() => void vi.unstubAllEnvs())
  const run = runWith(systemStats({ id: 'one', every: 1 }))
  run.step(0)
  await vi.waitFor(() => expect(run.log()).toContain('no GPU figures: nvidia-smi is not there'))
  run.step(1)
  await new Promise((resolve) => setImmediate(resolve))
  expect(run.log().match(/no GPU figures/g)).toHaveLength(1)
})

function readRecords(bytes: Buffer): Buffer[] {
  const records: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at))
    expect(bytes.readUInt32LE(at + 8)).toBe(maskedCrc(bytes.subarray(at, at + 8)))
    const data = bytes.subarray(at + 12, at + 12 + length)
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(maskedCrc(data))
    records.push(data)
    at += 16 + length
  }
  return records
}
