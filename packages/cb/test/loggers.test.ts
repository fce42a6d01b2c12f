import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Env } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { readEvents, readPoints } from '../../metrics/test/event-reader.ts'
import { csvLogger, jsonlLogger, systemStats, tensorBoard } from '../src/callbacks.ts'
import { openRun, type Run, readLedger, runWith, said, temporaryFolder } from './support.ts'

test('the JSONL logger writes selected values and summaries of tensors', () => {
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

test('the CSV logger keeps its columns, even after a restart', () => {
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

test('several events in one safe point produce one row, and a column that is requested late is added to the table', () => {
  const run = runWith(csvLogger({ id: 'one', every: 1 }))
  run.kernel.apply({ step: 0, metrics: { loss: 0.5 } }, ['train_step_end', 'val_epoch_end'])
  run.kernel.apply({ step: 0, metrics: { loss: 0.25 } }, ['val_epoch_end'])
  run.command('set_params', 'one', { params: { scalars: 'loss,acc' } })
  run.step(1, { metrics: { loss: 0.125, acc: 1 } })
  expect(readFileSync(join(run.dir, 'hotcb_metrics.csv'), 'utf8')).toBe(
    'step,epoch,loss,acc\n0,,0.5,\n0,,0.25,\n1,,0.125,1\n',
  )
  expect(said(run).at(-1)).toBe('added the columns acc: rewrote the table with empty cells in earlier rows')
})

test('a metric with the name of a standard column has its own column, and keeps its value', () => {
  const run = runWith(csvLogger({ id: 'one', every: 1 }))
  run.step(3, { metrics: { epoch: 0.5, step: 99, loss: 1, 'metrics.step': 2 } })
  run.step(4, { epoch: 7, metrics: { epoch: 0.75, loss: 2 } })
  expect(table(run)).toEqual([
    'step,epoch,metrics.epoch,metrics.step,loss,metrics.metrics.step',
    '3,,0.5,99,1,2',
    '4,7,0.75,,2,',
  ])
})

test('a key of env never hides a metric in any logger', () => {
  const env = { phase: 'train', scale: 3, grads: { norm: [1] }, loss: 9 }
  const metrics = { phase: 1, scale: 0.5, 'grads.norm': 2, loss: 0.25, id: 5, event: 6, constructor: 7 }
  for (const scalars of [[], Object.keys(metrics)]) {
    const csv = runWith(csvLogger({ id: 'one', every: 1, scalars }))
    csv.step(0, { ...env, metrics })
    expect(table(csv)).toEqual(['step,epoch,phase,scale,grads.norm,loss,id,event,constructor', '0,,1,0.5,2,0.25,5,6,7'])
    const jsonl = runWith(jsonlLogger({ id: 'one', every: 1, scalars }))
    jsonl.step(0, { ...env, metrics: { ...metrics, step: 99 } })
    const { id, phase, ...row } = JSON.parse(readFileSync(join(jsonl.dir, 'hotcb_metrics.jsonl'), 'utf8'))
    expect([id, row.event, row.step, phase]).toEqual(['one', 'train_step_end', 0, 'train'])
    expect(row).toMatchObject({ 'metrics.phase': 1, 'metrics.id': 5, 'metrics.event': 6, loss: 0.25, scale: 0.5 })
    const events = runWith(tensorBoard({ id: 'one', every: 1, scalars }))
    events.step(0, { ...env, metrics })
    events.close()
    expect(readPoints(join(events.dir, 'tensorboard'))).toEqual(
      Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, [[0, value]]])),
    )
  }
})

test('a JSON line keeps its own step, id and event next to metrics with those names', () => {
  const run = runWith(jsonlLogger({ id: 'one', every: 1, scalars: [], tensor_paths: ['w'] }))
  run.step(0, { w: [1], metrics: { step: 99, id: 5, event: 6, epoch: 0.5, phase: 1, loss: 1, 'w.stats': 3 } })
  const line = JSON.parse(readFileSync(join(run.dir, 'hotcb_metrics.jsonl'), 'utf8'))
  expect(line).toMatchObject({ id: 'one', event: 'train_step_end', step: 0, epoch: null, phase: null, loss: 1 })
  expect(line).toMatchObject({ 'metrics.step': 99, 'metrics.id': 5, 'metrics.event': 6, 'metrics.epoch': 0.5 })
  expect(line).toMatchObject({ 'metrics.phase': 1, 'w.stats': 3, 'w.stats (2)': { n: 1 } })
})

test('a named column is written from its first value on, no matter how late that is', () => {
  const run = runWith(csvLogger({ id: 'one', every: 1, scalars: ['loss', 'val/acc'] }))
  run.step(0, { metrics: { loss: 1 } })
  run.step(1, { metrics: { loss: 0.5, 'val/acc': 0.25, other: 3 } })
  expect(table(run)).toEqual(['step,epoch,loss,val/acc', '0,,1,', '1,,0.5,0.25'])
})

test('a pattern in `scalars` writes the metrics that it selects, including late ones', () => {
  const run = runWith(csvLogger({ id: 'one', every: 1, scalars: ['loss', 'val/*'] }))
  run.step(0, { metrics: { loss: 1, other: 3 } })
  run.step(1, { metrics: { loss: 0.5, 'val/acc': 0.25, other: 3 } })
  expect(table(run)).toEqual(['step,epoch,loss,val/acc', '0,,1,', '1,,0.5,0.25'])
  run.command('set_params', 'one', { params: { scalars: 'loss,/(/' } })
  run.step(2)
  expect(readLedger(run.dir).at(-1)?.['error']).toContain(
    '`scalars` must be a list of names and patterns such as `train/*`, or one string separated by commas, got "loss,/(/"',
  )
})

test('a step without metrics does not fix the columns, and metrics that appear after the first row are reported once', () => {
  const run = runWith(csvLogger({ id: 'one', every: 1 }))
  run.step(0)
  run.step(1, { metrics: {} })
  run.step(2, { metrics: { loss: 1 } })
  for (const step of [3, 4]) run.step(step, { metrics: { loss: 1, val_loss: 2 } })
  expect(table(run)).toEqual(['step,epoch,loss', '2,,1', '3,,1', '4,,1'])
  expect(said(run).slice(1)).toEqual([
    'no column for val_loss, which appeared after the first row: add it to `scalars`',
  ])
})

test('a table with thousands of long names has one header after a restart', () => {
  const wide = Object.fromEntries(
    Array.from({ length: 3000 }, (_, at) => [`layer/${String(at).padStart(5, '0')}/gradient_norm_x`, at]),
  )
  const dir = temporaryFolder()
  restarted(dir, 'csvLogger', [0, 1], () => wide)
  restarted(dir, 'csvLogger', [2, 3], () => wide)
  const lines = readFileSync(join(dir, 'hotcb_metrics.csv'), 'utf8').trimEnd().split('\n')
  expect(lines.map((line) => line.split(',')[0])).toEqual(['step', '0', '1', '2', '3'])
  expect(new Set(lines.map((line) => line.split(',').length))).toEqual(new Set([3002]))
})

test('a table that a spreadsheet has saved, or whose names contain line breaks, continues after a restart', () => {
  const dir = temporaryFolder()
  const path = join(dir, 'hotcb_metrics.csv')
  writeFileSync(path, '\ufeffstep,epoch,loss\r\n0,,1\r\n')
  restarted(dir, 'csvLogger', [1], () => ({ loss: 0.8 }))
  expect(readFileSync(path, 'utf8')).toBe('\ufeffstep,epoch,loss\r\n0,,1\r\n1,,0.8\n')
  writeFileSync(path, 'step,epoch,a,"two\nlines",b\n0,,1,2,3\n')
  restarted(dir, 'csvLogger', [1], () => ({ a: 1, 'two\nlines': 2, b: 3 }))
  expect(readFileSync(path, 'utf8').split('\n').at(-2)).toBe('1,,1,2,3')
})

test('non-finite values are written in the notation that table readers expect', () => {
  const run = runWith(csvLogger({ id: 'one', every: 1 }))
  run.step(0, {
    metrics: {
      a: Number.NaN,
      b: Number.POSITIVE_INFINITY,
      c: Number.NEGATIVE_INFINITY,
      d: -0,
      e: 5e-324,
      f: true,
      g: 'text',
    },
  })
  expect(table(run)).toEqual(['step,epoch,a,b,c,d,e,f', '0,,NaN,Infinity,-Infinity,-0,5e-324,1'])
})

test('a file that cannot be used for the table disables the logger, with the reason in the ledger', () => {
  for (const [name, content, reason] of [
    ['folder', null, '`.*folder` is a directory: a table needs a regular file'],
    ['ages.csv', 'name,age\nann,41\n', '`.*ages.csv` has no column `step` in its first line: choose a different file'],
    ['hotcb.applied.jsonl', undefined, "`hotcb.applied.jsonl` is one of the run's own files: choose a different file"],
  ] as const) {
    const run = runWith(csvLogger({ id: 'one', every: 1, out_path: name }))
    if (content === null) mkdirSync(join(run.dir, name))
    if (typeof content === 'string') writeFileSync(join(run.dir, name), content)
    run.step(0, { metrics: { loss: 1 } })
    run.step(1, { metrics: { loss: 1 } })
    expect(run.status('one')).toMatchObject({ enabled: false, errors: 1 })
    expect(readLedger(run.dir).at(-1)).toMatchObject({
      op: 'disable',
      decision: 'applied',
      payload: { enabled: false },
    })
    expect(String(readLedger(run.dir).at(-1)?.payload?.['reason'])).toMatch(new RegExp(reason))
    if (typeof content === 'string') expect(readFileSync(join(run.dir, name), 'utf8')).toBe(content)
  }
  const run = runWith(systemStats({ id: 'one', every: 1, gpu: false, out_path: 'hotcb.commands.jsonl' }))
  run.step(0)
  expect(existsSync(join(run.dir, 'hotcb.commands.jsonl'))).toBe(false)
})

test('a TensorBoard event file contains the scalars of each step, readable immediately', () => {
  const run = runWith(tensorBoard({ id: 'one', every: 1, log_dir: 'tb' }))
  run.step(299)
  run.step(300, { metrics: { 'train/loss': 0.5, 'half\ud83d': 1 } })
  const [name = ''] = readdirSync(join(run.dir, 'tb'))
  expect(name).toMatch(/^events\.out\.tfevents\.\d{10}\./)
  expect(readEvents(readFileSync(join(run.dir, 'tb', name)))).toEqual([
    expect.objectContaining({ version: 'brain.Event:2', step: 0n }),
    expect.objectContaining({
      isStart: false,
      step: 300n,
      scalars: [
        ['train/loss', 0.5],
        ['half\\ud83d', 1],
      ],
    }),
  ])
})

test('steps that are trained again after a restart are shown once, with their new values', () => {
  const dir = temporaryFolder()
  restarted(dir, 'tensorBoard', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], (step) => ({ loss: step }))
  restarted(dir, 'tensorBoard', [5, 6, 7, 8, 9, 10, 11], (step) => ({ loss: 100 + step }))
  const folder = join(dir, 'tensorboard')
  const [, second = ''] = readdirSync(folder).sort()
  const [version, start] = readEvents(readFileSync(join(folder, second)))
  expect([version?.version, start?.isStart, start?.step]).toEqual(['brain.Event:2', true, 5n])
  expect(readPoints(folder)['loss']).toEqual(
    Array.from({ length: 12 }, (_, step) => [step, step < 5 ? step : 100 + step]),
  )
})

test('a restart between two points in a chart drops all points from its step on', () => {
  const dir = temporaryFolder()
  restarted(dir, 'tensorBoard', range(0, 60), (step) => ({ loss: step }), { every: 1 })
  restarted(dir, 'tensorBoard', range(45, 61), (step) => ({ loss: 100 + step }), { every: 10 })
  const points = readPoints(join(dir, 'tensorboard'))['loss'] ?? []
  expect(points.map(([step]) => step)).toEqual([...range(0, 45), 50, 60])
})

test('steps that are trained again after a checkpoint load are shown once', () => {
  const saved = { save: () => {}, load: () => undefined }
  const one = tensorBoard({ id: 'one', every: 1, scalars: ['loss'] })
  const run = openRun({ callbacks: { callbacks: { one } }, kernel: { checkpoints: saved } })
  const load = (symbol: string) => {
    const target = { kind: 'module', path: '@hotcb/cb/callbacks', symbol }
    run.command('load', 'two', { target, init: { every: 1, scalars: ['acc'] } })
  }
  load('tensorBoard')
  const train = (steps: readonly number[], add: number) => {
    for (const step of steps) run.step(step, { metrics: { loss: step + add, acc: step + add } })
  }
  train(range(0, 5), 0)
  run.command('checkpoint', 'main', { params: { action: 'save', tag: 'five' } }, 'core')
  train(range(5, 10), 0)
  run.command('checkpoint', 'main', { params: { action: 'load', tag: 'five' } }, 'core')
  const { rewound } = run.kernel.apply({ step: 10, metrics: {} }, [])
  const back = rewound ?? Number.NaN
  train(range(back, 12), 100)
  run.close()
  const shown = range(0, 12).map((step) => [step, step < back ? step : 100 + step])
  expect(readPoints(join(run.dir, 'tensorboard'))).toEqual({ loss: shown, acc: shown })
})

/** Runs one process of a run, which loads a callback and trains some steps. */
function restarted(
  dir: string,
  symbol: string,
  steps: readonly number[],
  metricsOf: (step: number) => NonNullable<Env['metrics']>,
  init: Record<string, number> = {},
): void {
  const run = openRun({ dir })
  const [first = 0] = steps
  run.kernel.continueFrom({ step: first })
  const target = { kind: 'module', path: '@hotcb/cb/callbacks', symbol } as const
  run.kernel.submit({ module: 'cb', op: 'load', id: 'log', target, init: { every: 1, ...init }, enabled: true })
  run.kernel.apply({ step: first }, [])
  for (const step of steps) run.step(step, { metrics: metricsOf(step) })
  run.close()
}

function table(run: Run): string[] {
  return readFileSync(join(run.dir, 'hotcb_metrics.csv'), 'utf8').trimEnd().split('\n')
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at)
}
