import { expect, test } from 'vitest'
import { anomalyGuard } from '../src/callbacks.ts'
import { openRun, readLedger, runWith, said } from './support.ts'

test('a guard acts once when a loss goes wrong, and stops the run through the ledger', () => {
  const run = runWith(anomalyGuard({ id: 'one', paths: ['loss', 'w'], max_abs: 100 }))
  run.step(0, { metrics: { loss: 0.5 } })
  run.step(1, { metrics: { loss: Number.NaN } })
  run.step(2, { metrics: { loss: Number.NaN } })
  run.step(3, { metrics: { loss: 1 }, w: [1, 101] })
  run.command('set_params', 'one', { params: { action: 'stop' } })
  run.step(4, { metrics: { loss: Number.POSITIVE_INFINITY } })
  expect(run.kernel.apply({ step: 5, metrics: { loss: 1 } }).stop).toBe(true)
  expect(said(run)).toEqual([
    'nothing to guard at `w` so far; the metrics are loss',
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

test('a guard for a missing path reports it once, and finds names that contain dots', () => {
  const run = runWith(anomalyGuard({ id: 'one', paths: ['los', 'val_loss', 'weights.fc.1.bias', 'loss'] }))
  for (let step = 0; step < 3; step++) {
    const metrics = { train_loss: step === 2 ? Number.NaN : 1, ...(step === 1 && { val_loss: 2 }) }
    run.step(step, { metrics, weights: { 'fc.1.bias': [step === 1 ? Number.POSITIVE_INFINITY : 0] } })
  }
  expect(said(run)).toEqual([
    'nothing to guard at `los` so far; the metrics are train_loss',
    'nothing to guard at `val_loss` so far; the metrics are train_loss',
    'anomaly at step 1: `weights.fc.1.bias` is Infinity; action: log',
    'anomaly at step 2: `loss` is NaN; action: log',
  ])
})

test('a guard can save a checkpoint, pause, and be disabled', () => {
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

test('a step without a value does not count: a guard acts once for a wrong loss with gaps', () => {
  const run = runWith(anomalyGuard({ id: 'one', paths: ['val_loss', 'w'], max_abs: 10 }))
  const values = [1, Number.NaN, undefined, Number.NaN, undefined, 11, undefined, 1, undefined, 12]
  for (const [step, value] of values.entries()) {
    const metrics = { loss: 1, ...(value !== undefined && { val_loss: value }) }
    run.step(step, { metrics, w: value === undefined ? [] : [value] })
  }
  expect(said(run)).toEqual([
    'anomaly at step 1: `val_loss` is NaN, `w` is NaN; action: log',
    'anomaly at step 9: `val_loss` is 12, over max_abs 10, `w` is 12, over max_abs 10; action: log',
  ])
})

test('something other than a number counts as no value, and so do missing metrics', () => {
  const run = runWith(anomalyGuard({ id: 'one' }))
  const values = [Number.NaN, null, 'NaN', Number.POSITIVE_INFINITY, {}, [null], Number.NaN]
  for (const [step, loss] of values.entries()) run.step(step, { metrics: { loss } })
  run.step(7)
  run.step(8, { metrics: { loss: Number.NaN } })
  expect(said(run)).toEqual(['anomaly at step 0: `loss` is NaN; action: log'])
})

test('after a restart a guard still remembers which path was wrong, even if the value is missing at first', () => {
  const guard = anomalyGuard({ id: 'one' })
  const lines: string[] = []
  const env = { log: (line: string) => void lines.push(line), submit: () => {} }
  guard.handle('e', { ...env, step: 0, loss: Number.NaN })
  guard.handle('e', { ...env, step: 1 })
  const again = anomalyGuard({ id: 'one' })
  again.restore?.(guard.snapshot?.() ?? null)
  for (const [step, loss] of [undefined, Number.NaN, undefined, 1, Number.NaN].entries()) {
    again.handle('e', { ...env, step: step + 2, loss, metrics: {} })
  }
  expect(lines.filter((line) => line.startsWith('anomaly'))).toEqual([
    'anomaly at step 0: `loss` is NaN; action: log',
    'anomaly at step 6: `loss` is NaN; action: log',
  ])
})

test('a guard watches the metric with a name, not the field of env with the same name', () => {
  const run = runWith(anomalyGuard({ id: 'one', paths: ['scale', 'epoch'] }))
  run.step(0, { scale: 1, epoch: 0, metrics: { scale: Number.NaN } })
  expect(said(run)).toEqual(['anomaly at step 0: `scale` is NaN; action: log'])
})
