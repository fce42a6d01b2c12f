import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { hotcb } from './hotcb.ts'

const dirs: string[] = []

afterEach(() => {
  for (const dir of dirs.splice(0)) removeDirectory(dir)
})

function run(): string {
  const root = mkdtempSync(join(tmpdir(), 'hotcb-export-'))
  dirs.push(root)
  const dir = join(root, 'run')
  mkdirSync(dir)
  const lines = [0, 1, 2].map((step) => JSON.stringify({ step, metrics: { loss: 1 / (1 + step), 'val/acc': step } }))
  // If a step has several lines, the last one is valid.
  lines.push(JSON.stringify({ step: 2, metrics: { loss: 0.25 } }))
  writeFileSync(join(dir, 'hotcb.metrics.jsonl'), `${lines.join('\n')}\n`)
  return dir
}

test('metrics are exported as a table to the given path', async () => {
  const dir = run()
  const { code, out, err } = await hotcb(['--dir', dir, 'export', 'metrics', '--out', 'table.csv'])
  expect([code, err]).toEqual([0, ''])
  expect(out).toContain(join(dir, 'table.csv'))
  const [head, ...rows] = readFileSync(join(dir, 'table.csv'), 'utf8').trimEnd().split('\n')
  expect(head).toContain('loss')
  expect(rows.length).toBe(3)
  expect(rows.at(-1)).toContain('0.25')
})

test('an unknown format and a run without metrics are refused in one line', async () => {
  const dir = run()
  const wrong = await hotcb(['--dir', dir, 'export', 'metrics', '--format', 'excel'])
  expect([wrong.code, wrong.err.trimEnd().split('\n').length]).toEqual([2, 1])
  expect(wrong.err).toContain('--format must be one of csv, jsonl, parquet, tensorboard, got "excel"')
  rmSync(join(dir, 'hotcb.metrics.jsonl'))
  writeFileSync(join(dir, 'hotcb.commands.jsonl'), '')
  const none = await hotcb(['--dir', dir, 'export', 'metrics'])
  expect([none.code, none.err.trimEnd().split('\n').length]).toEqual([1, 1])
})

test('a second export to TensorBoard leaves one event file', async () => {
  const dir = run()
  for (const _time of [1, 2]) {
    const { code, err } = await hotcb(['--dir', dir, 'export', 'metrics', '--format', 'tensorboard'])
    expect([code, err]).toEqual([0, ''])
  }
  expect(readdirSync(join(dir, 'tensorboard'))).toHaveLength(1)
})

test('an exported table has unique columns', async () => {
  const dir = run()
  const metrics = { step: 7, 'metrics.step': 5 }
  writeFileSync(join(dir, 'hotcb.metrics.jsonl'), `${JSON.stringify({ step: 0, metrics })}\n`)
  await hotcb(['--dir', dir, 'export', 'metrics'])
  expect(readFileSync(join(dir, 'metrics.csv'), 'utf8')).toBe(
    'step,epoch,wall_time,metrics.step,metrics.metrics.step\n0,,,7,5\n',
  )
})

test("an export over a directory, one of the run's files, or a training run's event files is refused in one line", async () => {
  const dir = run()
  mkdirSync(join(dir, 'tensorboard'))
  writeFileSync(join(dir, 'tensorboard', 'events.out.tfevents.1.host.1.0'), '')
  for (const [args, why] of [
    [['--out', 'tensorboard'], 'is a directory: give the path of a file in it'],
    [['--out', 'hotcb.metrics.jsonl'], "`hotcb.metrics.jsonl` is one of the run's own files: choose a different file"],
    [['--format', 'tensorboard'], 'so every point would appear twice: choose a different directory'],
  ] as const) {
    const { code, err } = await hotcb(['--dir', dir, 'export', 'metrics', ...args])
    expect([code, err.trimEnd().split('\n').length]).toEqual([1, 1])
    expect(err).toContain(why)
  }
})
