import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { openRun } from '@hotcb/run/node'
import { expect, test } from 'vitest'
import { memoryJson, NO_MEMORY } from '../../src/ai/memory.ts'
import { readMemoryOf } from '../../src/node/ai/memory-file.ts'
import { diskOf } from '../../src/node/disk.ts'
import {
  aiConfigOf,
  answerSentences,
  copyLessons,
  previewPrompt,
  readAiStatus,
  readAutopilotStatus,
  requestedRerun,
} from '../../src/node.ts'
import { propose, type SteeredRun, steeredRun, temporaryDirectory } from './steered-run.ts'

const MEMORY = { ...NO_MEMORY, keyMetric: 'val_loss', carried: 'lower rates', runNumber: 2 }

function remember({ dir }: SteeredRun, memory: Partial<typeof NO_MEMORY>): void {
  const whole = memoryJson({ ...MEMORY, ...memory }, { maxRuns: 3, keyMode: 'auto' })
  writeFileSync(join(dir, 'hotcb.ai.state.json'), JSON.stringify(whole))
}

test('a channel gets one sentence about the outcome of its answer', async () => {
  const steered = steeredRun()
  const { approve, reject } = answerSentences('slack', 50)
  expect(await approve(steered.dir, 'a9-9', 'ann')).toBe('no proposal `a9-9`: no proposal has that id')
  const id = propose(steered.dir)
  expect(await approve(steered.dir, id, 'ann')).toBe(`\`${id}\`: approval sent; the trainer has not answered yet`)
  steered.step()
  expect(await approve(steered.dir, id, 'bob')).toBe(
    `\`${id}\` has already been answered: approved by ann, applied (ledger line 2)`,
  )
  const other = propose(steered.dir, { params: { lr: 0.01 }, expect: { lr: 0.025 } })
  expect(await reject(steered.dir, other, 'bob', 'too early')).toMatch(/^`.*`: rejection sent; the trainer has not/)
  steered.step()
  expect(await reject(steered.dir, other, 'ann', '')).toContain('has already been answered: rejected by bob')
  expect(readAutopilotStatus(steered.run)).toMatchObject({ open: [], queued: 0, applied: 1, other: 1 })
  const last = propose(steered.dir, { params: { lr: 0.01 }, expect: { lr: 0.025 } })
  expect(readAutopilotStatus(steered.run)).toMatchObject({ open: [{ id: last }], applied: 1, other: 1 })
  steered.stop()
  expect(await answerSentences('slack', 300_000).approve(steered.dir, last, 'ann')).toBe(
    `\`${last}\`: approval sent; no trainer is alive; the next one will decide`,
  )
})

test('an answer that the kernel decides in time is reported with its outcome', async () => {
  const steered = steeredRun()
  const id = propose(steered.dir)
  const said = answerSentences('slack', 300_000).approve(steered.dir, id, 'ann')
  const steps = setInterval(() => steered.step(), 20)
  expect(await said).toMatch(new RegExp(`^\`${id}\`: approved by ann, applied \\(ledger line \\d+\\)$`))
  clearInterval(steps)
})

test('lessons from a run that its model did not abandon start a new series', () => {
  const [from, to] = [steeredRun(), steeredRun()]
  writeFileSync(join(from.dir, 'hotcb.autopilot.yaml'), 'ai: {max_runs: 7}\n')
  remember(from, { history: [{ run: 'before', finalKeyMetric: 1, verdict: 'x', learnings: ['a'] }], watch: ['loss'] })
  const document = { version: 1, run_id: 'r', final_metrics: { val_loss: 0.25 } }
  writeFileSync(join(from.dir, 'hotcb.run.json'), JSON.stringify(document))
  copyLessons(from.run, to.run)
  expect(readMemoryOf(to.run)).toEqual({
    ...NO_MEMORY,
    carried: 'lower rates',
    history: [
      { run: 'before', finalKeyMetric: 1, verdict: 'x', learnings: ['a'] },
      { run: basename(from.dir), finalKeyMetric: 0.25, verdict: 'ended with val_loss 0.25', learnings: [] },
    ],
  })
  expect(JSON.parse(readFileSync(join(to.dir, 'hotcb.ai.state.json'), 'utf8')).max_runs).toBe(7)
})

test('lessons from an abandoned run continue its series', () => {
  const [from, to] = [steeredRun(), steeredRun()]
  const history = [{ run: basename(from.dir), finalKeyMetric: null, verdict: 'dead units', learnings: ['a'] }]
  remember(from, { history })
  copyLessons(from.run, to.run)
  expect(readMemoryOf(to.run)).toMatchObject({ history, runNumber: 3 })
})

test('a run without a known metric leaves an entry without a value', () => {
  const [from, to] = [steeredRun(), steeredRun()]
  copyLessons(from.run, to.run)
  expect(readMemoryOf(to.run).history).toEqual([
    { run: basename(from.dir), finalKeyMetric: null, verdict: null, learnings: [] },
  ])
  const [other, last] = [steeredRun(), steeredRun()]
  writeFileSync(join(other.dir, 'hotcb.autopilot.yaml'), 'key_metric: val_acc\n')
  copyLessons(other.run, last.run)
  expect(readMemoryOf(last.run).history).toMatchObject([{ verdict: 'ended with val_acc unknown' }])
})

test('a run has no next one unless its model abandoned it', () => {
  const steered = steeredRun()
  expect(requestedRerun(steered.run, 0)).toBe(null)
  steered.stop()
  expect(requestedRerun(steered.run, 0)).toBe(null)
})

test('a memory that cannot be read is empty', () => {
  const steered = steeredRun()
  expect(readMemoryOf(steered.run)).toEqual(NO_MEMORY)
  writeFileSync(join(steered.dir, 'hotcb.ai.state.json'), '{"run_number": ')
  expect(readMemoryOf(steered.run)).toEqual(NO_MEMORY)
  const other = steeredRun()
  mkdirSync(join(other.dir, 'hotcb.ai.state.json'))
  expect(readMemoryOf(other.run)).toEqual(NO_MEMORY)
})

test("a model's settings come from the config, the environment and the options, in this order", () => {
  const { dir } = steeredRun()
  writeFileSync(join(dir, 'hotcb.autopilot.yaml'), 'ai: {model: a, cadence: 30, budget: {usd: 2}}\n')
  expect(aiConfigOf({ dir }, {})).toMatchObject({ model: 'a', cadence: 30, caps: { nano: 2_000_000_000 } })
  expect(aiConfigOf({ dir }, { HOTCB_AI_MODEL: '' }).model).toBe('a')
  expect(aiConfigOf({ dir }, { HOTCB_AI_MODEL: 'b' }).model).toBe('b')
  expect(aiConfigOf({ dir }, { HOTCB_AI_MODEL: 'b' }, { model: 'c', usd: 3, cadence: 5 })).toMatchObject({
    ...{ model: 'c', cadence: 5 },
    caps: { nano: 3_000_000_000, actions: 40 },
  })
})

test("a model's summary contains its settings, its limit and its cost so far", () => {
  const { dir, run } = steeredRun()
  const env = { XDG_STATE_HOME: temporaryDirectory() }
  writeFileSync(join(dir, 'hotcb.autopilot.yaml'), 'ai: {model: m, cadence: 30, budget: {usd: 2}}\n')
  expect(readAiStatus(run, env)).toEqual({ model: 'm', cadence: 30, budgetUsd: 2, spentUsd: 0, last: undefined })
  expect(readAiStatus(run, env, { usd: 7 }).budgetUsd).toBe(7)
})

test('a preview is the prompt that would be sent, with its usual and its highest cost', () => {
  const { dir } = steeredRun({ lr: 0.0625 })
  const env = { XDG_STATE_HOME: temporaryDirectory() }
  writeFileSync(
    join(dir, 'hotcb.autopilot.yaml'),
    'mode: ai_auto\nkey_metric: {name: val_loss, direction: min}\n' +
      'ai: {model: m, max_tokens: 400, prices: {m: {input: 1, output: 2}}}\n',
  )
  const lines = Array.from({ length: 60 }, (_, step) =>
    JSON.stringify({ step, wall_time: 1_700_000_000 + step, metrics: { val_loss: 2 - step / 100 } }),
  )
  writeFileSync(join(dir, 'hotcb.metrics.jsonl'), `${lines.join('\n')}\n`)
  const preview = previewPrompt(openRun(dir), { env, beliefs: ['rates above 1 diverge'] })
  expect(preview).toMatchObject({ model: 'm', baseUrl: 'https://api.openai.com/v1', maxTokens: 400 })
  for (const text of ['val_loss', 'step 59', 'ai_auto', '0.0625', 'rates above 1 diverge'])
    expect(preview.user).toContain(text)
  expect(preview.estimate.output).toBe(100)
  expect(preview.most.output).toBe(400)
  expect(preview.most.input).toBeGreaterThan(preview.estimate.input)
  // Prices are in dollars per million tokens.
  expect(preview.most.nanoUsd).toBe(preview.most.input * 1000 + 400 * 2000)
  expect(preview.estimate.nanoUsd).toBe(preview.estimate.input * 1000 + 100 * 2000)
  writeFileSync(join(dir, 'hotcb.autopilot.yaml'), 'mode: auto\nai: {model: unknown-model}\n')
  expect(() => previewPrompt(openRun(dir), { env })).toThrow('no price is known for the model `unknown-model`')
})

test("a run's disk is measured, together with the sizes of its checkpoints", () => {
  const dir = temporaryDirectory()
  const disk = diskOf(dir)
  mkdirSync(join(dir, 'hotcb.checkpoints', 'a', 'deep'), { recursive: true })
  writeFileSync(join(dir, 'hotcb.checkpoints', 'a', 'one'), 'x'.repeat(1000))
  writeFileSync(join(dir, 'hotcb.checkpoints', 'a', 'deep', 'two'), 'x'.repeat(500))
  expect(disk.sizeOf('a')).toBeGreaterThanOrEqual(1500)
  expect(disk.sizeOf('none')).toBe(undefined)
  expect(disk.free()).toBeGreaterThan(0)
  expect(diskOf(join(dir, 'none')).free()).toBe(undefined)
})
