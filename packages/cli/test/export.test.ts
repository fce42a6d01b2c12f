import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { hotcb } from './program.ts'

const dirs: string[] = []

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

function run(): string {
  const root = mkdtempSync(join(tmpdir(), 'hotcb-export-'))
  dirs.push(root)
  const dir = join(root, 'run')
  mkdirSync(dir)
  const lines = [0, 1, 2].map((step) => JSON.stringify({ step, metrics: { loss: 1 / (1 + step), 'val/acc': step } }))
  // The last line of a step counts.
  lines.push(JSON.stringify({ step: 2, metrics: { loss: 0.25 } }))
  writeFileSync(join(dir, 'hotcb.metrics.jsonl'), `${lines.join('\n')}\n`)
  return dir
}

test('metrics are exported as a table, where the path says', async () => {
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
