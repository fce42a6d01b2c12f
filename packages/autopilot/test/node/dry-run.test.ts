import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRunDirectory, type Run } from '@hotcb/run/node'
import { expect, onTestFinished, test } from 'vitest'
import { DEFAULT_LIMITS, type RuleSet, readRuleFile } from '../../src/index.ts'
import { dryRun, dryRunInSlices } from '../../src/node.ts'

const OPTIONS = { keyMetric: null, limits: DEFAULT_LIMITS }

function newRun(): Run {
  const parent = mkdtempSync(join(tmpdir(), 'hotcb-dry-'))
  onTestFinished(() => rmSync(parent, { recursive: true }))
  const dir = join(parent, 'run')
  mkdirSync(dir)
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

test('a dry run returns the steps at which a rule would have fired, whether it shares its thread or not', async () => {
  const run = newRun()
  record(run, 1000, [310, 644])
  const whole = dryRun(run, rules(HIGH), OPTIONS)
  expect(whole).toEqual({
    fired: [310, 644].map((step) => ({ rule: 'mine', step, because: 'train_loss > 5 is true' })),
    ...{ counts: { mine: 2 }, lastStep: 999, isWhole: true },
  })
  expect(await dryRunInSlices(run, rules(HIGH), { ...OPTIONS, mostMs: 60_000 })).toEqual(whole)
})

test('a dry run yields its thread while it reads a long run and a long ledger', async () => {
  const run = newRun()
  record(run, 60_000)
  const change =
    '"module":"opt","op":"set_params","decision":"applied","id":"main","params":{"lr":1},"old":{"lr":2},"wall_time":1'
  writeFileSync(
    run.path('ledger'),
    Array.from({ length: 20_000 }, (_, i) => `{"seq":${i},"step":5,${change}}\n`).join(''),
  )
  // The work between two turns of the event loop is measured in turns, not with a clock.
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

test('a dry run ends at its time limit, and returns the last step that it read', async () => {
  const run = newRun()
  record(run, 50_000)
  const { isWhole, lastStep } = await dryRunInSlices(run, rules(HIGH), { ...OPTIONS, mostMs: 0 })
  expect([isWhole, lastStep === null || lastStep < 49_999]).toEqual([false, true])
})

test('a dry run ends when its caller aborts it', async () => {
  const run = newRun()
  record(run, 50_000)
  const leave = new AbortController()
  const running = dryRunInSlices(run, rules(HIGH), { ...OPTIONS, mostMs: 60_000, signal: leave.signal })
  leave.abort(new Error('left'))
  await expect(running).rejects.toThrow('left')
})

test('if a rule fires at every step, the first firings are kept, and all are counted', () => {
  const run = newRun()
  record(run, 12_000)
  const always = 'when: "train_loss > 0", action: {do: notify}, cooldown: 0, settle: 0, clear: 0'
  const { fired, counts } = dryRun(run, rules(always), OPTIONS)
  expect([fired.length, counts]).toEqual([10_000, { mine: 12_000 }])
})

/** A ledger line that changes the rate. */
function change(seq: number, step: number, more: object = {}): string {
  const line = { seq, step, module: 'opt', op: 'set_params', decision: 'applied', id: 'main', source: 'cli', ...more }
  return `${JSON.stringify({ ...line, params: { lr: 1 }, payload: { lr: 1 }, old: { lr: 2 }, wall_time: 1 })}\n`
}

test("a dry run receives the run's changes at their steps, and treats none as an answer to its own proposals", async () => {
  const run = newRun()
  record(run, 100, [10, 40, 70])
  writeFileSync(run.path('ledger'), change(1, 5) + change(2, 20, { cid: 'ap-a0-1', decision: 'failed' }))
  const controls = [{ param_key: 'lr', type: 'float', label: 'lr', group: 'optimizer', min: 0, max: 10, current: 1 }]
  writeFileSync(
    run.path('actuators'),
    JSON.stringify({
      controls: controls.map((one) => ({ ...one, step: null, log_base: null, choices: null, state: 'verified' })),
    }),
  )
  const halve = 'when: "train_loss > 5", action: {set: {lr: x0.5}}, cooldown: 0, confidence: high, settle: 20'
  const expected = {
    fired: [
      { rule: 'mine', step: 40, because: 'train_loss > 5 is true' },
      { rule: 'mine', step: 70, because: 'train_loss > 5 is true; nothing is done: a0-1 is open' },
    ],
    ...{ counts: { mine: 2 }, lastStep: 99, isWhole: true },
  }
  expect(dryRun(run, rules(halve), OPTIONS)).toEqual(expected)
  expect(await dryRunInSlices(run, rules(halve), { ...OPTIONS, mostMs: 60_000 })).toEqual(expected)
})

test('a run without records has no firings and no last step', () => {
  expect(dryRun(newRun(), rules(HIGH), OPTIONS)).toEqual({ fired: [], counts: {}, lastStep: null, isWhole: true })
})
