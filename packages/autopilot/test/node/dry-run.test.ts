import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRunDirectory, type Run } from '@hotcb/run/node'
import { expect, onTestFinished, test } from 'vitest'
import { DEFAULT_LIMITS, type RuleSet, readRuleFile } from '../../src/index.ts'
import { dryRun, dryRunInSlices } from '../../src/node.ts'

const OPTIONS = { keyMetric: null, limits: DEFAULT_LIMITS }

function newRun(): Run {
  const dir = join(mkdtempSync(join(tmpdir(), 'hotcb-dry-')), 'run')
  mkdirSync(dir)
  onTestFinished(() => rmSync(dir, { recursive: true }))
  return openRunDirectory(dir)
}

/** `count` records; `at`: the steps at which the loss is high. */
function record(run: Run, count: number, at: readonly number[] = []): void {
  const lines = Array.from({ length: count }, (_, step) => {
    return `{"step":${step},"metrics":{"train_loss":${at.includes(step) ? 9 : 1}}}\n`
  })
  for (let i = 0; i < lines.length; i += 50_000)
    appendFileSync(run.path('metrics'), lines.slice(i, i + 50_000).join(''))
}

function rules(rule: string): RuleSet {
  const read = readRuleFile(`version: 2\nrules:\n  - {id: mine, ${rule}}\n`)
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

const HIGH = 'when: "train_loss > 5", action: {do: notify}, cooldown: 0, settle: 0'

test('a dry run names the steps at which a rule would have fired, whether it shares its thread or not', async () => {
  const run = newRun()
  record(run, 1000, [310, 644])
  const whole = dryRun(run, rules(HIGH), OPTIONS)
  expect(whole).toMatchObject({ counts: { mine: 2 }, lastStep: 999, isWhole: true })
  expect(whole.fired.map(({ step }) => step)).toEqual([310, 644])
  expect(await dryRunInSlices(run, rules(HIGH), { ...OPTIONS, mostMs: 60_000 })).toEqual(whole)
})

test('a dry run gives its thread back while it reads a long run and a long ledger', { timeout: 120_000 }, async () => {
  const run = newRun()
  record(run, 60_000)
  const change =
    '"module":"opt","op":"set_params","decision":"applied","id":"main","params":{"lr":1},"old":{"lr":2},"wall_time":1'
  writeFileSync(
    run.path('ledger'),
    Array.from({ length: 20_000 }, (_, i) => `{"seq":${i},"step":5,${change}}\n`).join(''),
  )
  // What the dry run does between two turns of the event loop is counted in turns, not by a clock.
  let turns = 0
  let isOver = false
  const count = (): void => {
    turns++
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  const slices = dryRunInSlices(run, rules(HIGH), { ...OPTIONS, mostMs: 100_000 })
  const { isWhole } = await slices.finally(() => (isOver = true))
  expect(isWhole).toBe(true)
  expect(turns).toBeGreaterThan(10)
})

test('a dry run ends when its time is over, and says how far it came', async () => {
  const run = newRun()
  record(run, 50_000)
  const { isWhole, lastStep } = await dryRunInSlices(run, rules(HIGH), { ...OPTIONS, mostMs: 0 })
  expect([isWhole, lastStep === null || lastStep < 49_999]).toEqual([false, true])
})

test('a dry run that nobody waits for any more ends', async () => {
  const run = newRun()
  record(run, 50_000)
  const leave = new AbortController()
  const running = dryRunInSlices(run, rules(HIGH), { ...OPTIONS, mostMs: 60_000, signal: leave.signal })
  leave.abort(new Error('left'))
  await expect(running).rejects.toThrow('left')
})

test('of a rule that fires at every step the first firings are kept, and all are counted', () => {
  const run = newRun()
  record(run, 12_000)
  const always = 'when: "train_loss > 0", action: {do: notify}, cooldown: 0, settle: 0, clear: 0'
  const { fired, counts } = dryRun(run, rules(always), OPTIONS)
  expect([fired.length, counts]).toEqual([10_000, { mine: 12_000 }])
})
