import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatLedgerLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { ledgerLine, stateDocument, writeRun } from './answerer.ts'
import { ended, start, temporaryDirectory } from './program.ts'

test('`--follow` prints each new line once, until it is interrupted', async () => {
  const dir = temporaryDirectory()
  writeRun(dir, { commands: '', ledger: [5, 6].map((seq) => formatLedgerLine(ledgerLine({ seq }))).join('') })
  const child = start(['--dir', dir, 'log', '--follow', '--json', '--outcome', 'applied', '-n', '1'])
  const end = ended(child)
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  const path = join(dir, 'hotcb.applied.jsonl')
  appendFileSync(path, formatLedgerLine(ledgerLine({ seq: 7, decision: 'failed' })))
  appendFileSync(path, formatLedgerLine(ledgerLine({ seq: 8 })))
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  child.kill('SIGINT')
  const { code, out } = await end
  expect(code).toBe(130)
  expect(
    out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).seq),
  ).toEqual([6, 8])
})

test('the command exits silently when its reader closes the pipe', async () => {
  const dir = temporaryDirectory()
  const many = Array.from({ length: 5000 }, (_, i) => formatLedgerLine(ledgerLine({ seq: i + 1 })))
  writeRun(dir, { commands: '', ledger: many.join('') })
  const child = start(['--dir', dir, 'log', '--all', '--json'])
  child.stdout?.once('data', () => child.stdout?.destroy())
  let err = ''
  child.stderr?.on('data', (chunk) => {
    err += chunk
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  expect({ code, err }).toEqual({ code: 0, err: '' })
})

test('`--json` prints one object per refresh, until it is interrupted', async () => {
  const dir = temporaryDirectory()
  const metrics = (step: number): string => `${JSON.stringify({ step, metrics: { loss: 500 - step } })}\n`
  const state = stateDocument({ step: 499 })
  const series = Array.from({ length: 500 }, (_, step) => metrics(step)).join('')
  writeRun(dir, { commands: '', state, run: { max_steps: 1000 }, metrics: series })
  const child = start(['--dir', dir, 'watch', '--json', '--every', '0.05'])
  const end = ended(child)
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  child.kill('SIGINT')
  const { code, out } = await end
  expect(code).toBe(130)
  const first = JSON.parse(out.split('\n')[0] ?? '')
  expect(first).toMatchObject({ step: 499, max_steps: 1000, latest: { loss: 1 } })
})
