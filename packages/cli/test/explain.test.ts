import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatLedgerLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { ledgerLine, writeRun } from './answerer.ts'
import { hotcb, temporaryDirectory } from './hotcb.ts'

/** A run whose loss falls, and jumps up after the change at step 100. */
async function recorded(): Promise<string> {
  const dir = temporaryDirectory()
  const change = ledgerLine({
    seq: 1,
    step: 100,
    payload: { lr: 1 },
    params: { lr: 1 },
    old: { lr: 0.1 },
    notes: 'faster',
  })
  const refused = ledgerLine({
    seq: 2,
    step: 150,
    decision: 'failed',
    params: { lr: 99 },
    payload: null,
    error: 'too large',
  })
  writeRun(dir, { ledger: `${formatLedgerLine(change)}${formatLedgerLine(refused)}`, run: { key_metric: 'val' } })
  const value = (step: number): number => (step < 100 ? 2 : 5) - step / 200 + ((step * 7) % 5) / 50
  const lines = Array.from({ length: 200 }, (_, step) =>
    JSON.stringify({ step, metrics: { val: value(step), other: 1, bad: step === 199 ? null : 1 } }),
  )
  writeFileSync(join(dir, 'hotcb.metrics.jsonl'), `${lines.join('\n')}\n`)
  return dir
}

test('one page shows the curves of the metrics, each change with its effect, and refused changes', async () => {
  const { code, out } = await hotcb(['--dir', await recorded(), 'explain'])
  expect(code).toBe(0)
  expect(out).toMatch(/metrics\n {2}val +last 4.* at 199; best .* at 9\d; over 50: -/)
  expect(out).toMatch(/changes and their effect on val\n {2}1 {2}step 100 .*lr 0\.1 → 1 .*higher: 2\.99\d+ .*faster/)
  expect(out).toMatch(/refused\n {2}2 {2}step 150 .*failed {2}too large/)
  expect(out).toMatch(/bad .*1 not finite/)
})

test('with `--json` it has a version, and the numbers from which the text is derived', async () => {
  const { out } = await hotcb(['--dir', await recorded(), 'explain', '--json'])
  const explanation = JSON.parse(out)
  expect(explanation).toMatchObject({ version: 1, key_metric: 'val', more_metrics: 0 })
  const [change] = explanation.changes
  expect(change).toMatchObject({ seq: 1, step: 100, effect: { verdict: 'higher' } })
  expect(change.effect.low).toBeGreaterThan(2)
  expect(change.effect.high).toBeLessThan(4)
})

test('a new run can be explained too', async () => {
  const dir = temporaryDirectory()
  await hotcb(['--dir', dir, 'init'])
  const { code, out } = await hotcb(['--dir', dir, 'explain'])
  expect(code).toBe(0)
  expect(out).toMatch(/none has opened this run yet[\s\S]*metrics\n {2}none[\s\S]*refused\n {2}none/)
})

test('a diverging metric is a problem, with its last good step and the checkpoint before it; a rollback ends it', async () => {
  const dir = temporaryDirectory()
  writeRun(dir, { run: { key_metric: 'val_loss' } })
  for (const [tag, step] of [
    ['early', 20],
    ['good', 90],
    ['late', 150],
  ] as const) {
    mkdirSync(join(dir, 'hotcb.checkpoints', tag), { recursive: true })
    writeFileSync(join(dir, 'hotcb.checkpoints', tag, 'meta.json'), JSON.stringify({ step }))
  }
  const record = (step: number, value: number): string =>
    `${JSON.stringify({ step, metrics: { val_loss: value, 'loss/term': step, weight: step } })}\n`
  const path = join(dir, 'hotcb.metrics.jsonl')
  const falling = (step: number): number => 3 - step / 50
  for (let step = 0; step <= 100; step++) appendFileSync(path, record(step, falling(step)))
  const healthy = JSON.parse((await hotcb(['--dir', dir, 'explain', '--json'])).out)
  expect(healthy).toMatchObject({ problems: [], rollback: null })
  for (let step = 101; step < 200; step++) appendFileSync(path, record(step, 9))
  const broken = JSON.parse((await hotcb(['--dir', dir, 'explain', '--json'])).out)
  expect(broken.problems).toEqual([
    { metric: 'val_loss', kind: 'diverges', because: expect.stringContaining('level 9'), last_good_step: 98 },
  ])
  expect(broken.rollback).toEqual({ tag: 'good', step: 90 })
  expect((await hotcb(['--dir', dir, 'explain'])).out).toMatch(
    /problems\n {2}val_loss {2}diverges {2}level 9; .*the last good step was 98\n {2}the latest checkpoint before that: good, at step 90; go back to it with `hotcb checkpoint load good`/,
  )
  for (let step = 90; step < 120; step++) appendFileSync(path, record(step, falling(step)))
  const mended = JSON.parse((await hotcb(['--dir', dir, 'explain', '--json'])).out)
  expect(mended).toMatchObject({ problems: [], rollback: null })
})
