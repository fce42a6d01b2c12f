import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LedgerLine, readLedgerLine, readRunDocument } from '@hotcb/protocol'
import { expect, onTestFinished, test, vi } from 'vitest'
import { commandLine, commandName, continueLine, invitation, serveLine } from '../src/run/advice.ts'
import { describeBeginning } from '../src/run/beginning.ts'
import { describeLine } from '../src/run/changes.ts'
import type { RunPlan } from '../src/run/run-plan.ts'
import { alreadyPast, type Ended, finishedBefore, summary } from '../src/run/summary.ts'
import { command, temporaryDir } from './run-support.ts'

const PRINTED = { runDir: '/runs/a', command: 'hotcb', isServable: false }

function documentOf(more: object = {}) {
  const metrics = { val_accuracy: 0.96944, val_loss: 0.123456 }
  const read = readRunDocument({
    config: 'digits',
    max_steps: 80,
    final_metrics: metrics,
    weights_sha256: 'abc',
    ...more,
  })
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

function textOf(more: Partial<Ended>, first = 0, printed = PRINTED): readonly string[] {
  const ended = { document: documentOf({ stopped_early: true }), step: 58, saved: null, ranks: null, ...more }
  return summary(ended, first, printed).split('\n')
}

test('the text about a finished run contains its results, its weights, and where to look', () => {
  expect(textOf({ document: documentOf({ stopped_early: false }), step: 80 })).toEqual([
    'Done: 96.9 % of 360 test digits correct, loss 0.1235.',
    'Weights: sha256 abc',
    'What was changed, and when: hotcb --dir /runs/a log',
    '',
  ])
})

test('the text about a stopped run contains its step, its checkpoint and how to continue it', () => {
  const lines = textOf({ saved: { tag: 'step-58', step: 58 } })
  expect(lines[0]).toMatch(/^Stopped at step 58: /)
  expect(lines.slice(2, 4)).toEqual(['Checkpoint: step-58', 'To continue:  hotcb demo --dir /runs/a --continue'])
})

test.each([
  [{ saved: { tag: 'step-50', step: 50 } }, 0, true],
  [{ saved: null }, 0, true],
  [{ saved: null }, 58, false],
  [{ saved: { tag: 'step-58', step: 58 } }, 0, false],
])(
  'steps count as lost only if some were trained since the last checkpoint: %o from step %i',
  (more, first, isLost) => {
    expect(textOf(more, first).some((line) => line.startsWith('No checkpoint was saved'))).toBe(isLost)
    expect(textOf(more, first).includes('Checkpoint: step-50')).toBe(false)
  },
)

test('ranks are listed, and a run that can be shown names the command', () => {
  const ranks = { ranks: [{ weights: 'aa' }, { weights: 'aa' }] }
  const lines = textOf({ ranks }, 0, { ...PRINTED, isServable: true })
  expect(lines).toContain('2 ranks, same weights: aa')
  expect(lines).toContain('To see it again in a browser:  hotcb serve --dir /runs/a')
})

test('missing results are shown as missing', () => {
  const [first, second] = textOf({ document: documentOf({ final_metrics: null, weights_sha256: null }) })
  expect(first).toBe('Done: NaN % of 360 test digits correct, loss NaN.')
  expect(second).toBe('Weights: sha256 not recorded')
})

test('the text states if a run had already finished, or if it has passed the requested step', () => {
  const more = 'hotcb demo --dir /runs/a --continue --max-steps N'
  expect(finishedBefore(documentOf(), 80, PRINTED).split('\n').slice(0, 3)).toEqual([
    'Finished before, at step 80: 96.9 % of 360 test digits correct, loss 0.1235.',
    'Weights: sha256 abc',
    `To train longer:  ${more}`,
  ])
  const past = alreadyPast(80, 79, PRINTED)
  expect(past).toBe(`\`/runs/a\` is at step 80, and --max-steps is 79: nothing to train.\nTo train longer:  ${more}\n`)
  expect(finishedBefore(documentOf(), 79, PRINTED)).toBe(past)
})

const PLAN: Partial<RunPlan> = { runDir: '/runs/a', maxSteps: 2000, stepDelaySeconds: 0 }

function invited(more: Partial<RunPlan>, first = 0, about: Partial<Parameters<typeof invitation>[3]> = {}): string {
  // An invitation reads no other part of a plan.
  return invitation({ ...PLAN, ...more } as RunPlan, first, 'hotcb', { freeze: 'off', pids: [], ...about })
}

test('an invitation describes the training run and contains a command to try', () => {
  expect(invited({})).toBe(`Training a network on 1,437 handwritten digits: 2,000 steps.
Run directory: /runs/a

While it trains, try this in a second terminal, in the same directory:

  hotcb --dir /runs/a set lr=0.01

`)
  expect(invited({ stepDelaySeconds: 0.5 }, 600)).toContain(
    '1,400 steps, from step 600 on, with a pause of 0.5 s after each.',
  )
})

test('for a frozen run, or one that follows a recipe, the text describes how to allow changes', () => {
  const adviceFor = (freeze: 'prod' | 'replay'): string => invited({}, 0, { freeze }).split('\n').slice(3).join('\n')
  const unfreeze = 'and refuses all other changes until you type:\n\n  hotcb --dir /runs/a unfreeze\n\n'
  expect(adviceFor('prod')).toBe(`It is frozen, ${unfreeze}`)
  expect(adviceFor('replay')).toBe(`It follows a recipe, ${unfreeze}`)
})

test('the processes of several ranks are named', () => {
  expect(invited({}, 0, { pids: [12, null] })).toContain(
    `3 ranks: rank 0 is process ${process.pid}, rank 1 is process 12, rank 2 is process ?\n`,
  )
})

test('a directory is shown relative to the current one, and quoted if a shell would split it', () => {
  const here = process.cwd()
  expect(commandLine(join(here, 'runs/a'), 'hotcb', 'log')).toBe('hotcb --dir runs/a log')
  expect(commandLine(here, 'hotcb', 'log')).toBe('hotcb --dir . log')
  expect(commandLine('/elsewhere/b', 'npx hotcb', 'log')).toBe('npx hotcb --dir /elsewhere/b log')
  expect(continueLine("/a b/it's", 'hotcb')).toBe("hotcb demo --dir '/a b/it'\\''s' --continue")
  expect(serveLine('/runs/ä', 'hotcb')).toBe("hotcb serve --dir '/runs/ä'")
  expect(commandLine('../b', 'hotcb', 'log')).toBe('hotcb --dir ../b log')
})

test('under npm the command is called with npx', () => {
  onTestFinished(() => void vi.unstubAllEnvs())
  vi.stubEnv('npm_execpath', '/npm')
  expect(commandName()).toBe('npx hotcb')
  vi.stubEnv('npm_execpath', undefined)
  expect(commandName()).toBe('hotcb')
})

function line(more: object): LedgerLine {
  const own = { seq: 4, ts: 1, step: 20, event: 'train_step_end', call: 0, cid: 'a', source: 'cli', of: null }
  const op = { module: 'opt', op: 'set_params', id: 'main', payload: { lr: 0.01 }, decision: 'applied', error: null }
  const read = readLedgerLine({ ...own, ...op, ...more })
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

test('a change is described with its step, its values, its author and the change that it repeats', () => {
  expect(describeLine(line({ payload: { lr: 0.0123456789 } }))).toMatch(/^step 20: lr .*0\.012346 {3}\(cli\)$/)
  expect(describeLine(line({ author: 'ada' }))).toMatch(/ {3}\(ada, cli\)$/)
  expect(describeLine(line({ source: 'history', of: 2 }))).toMatch(/ {3}\(history, again, of seq 2\)$/)
  expect(describeLine(line({ step: null, event: null, call: null }))).toMatch(/^before the first step: /)
})

test('a refused change is described with its decision and its reason', () => {
  expect(describeLine(line({ decision: 'failed', error: 'no' }))).toMatch(/ failed: no {3}\(cli\)$/)
  expect(describeLine(line({ decision: 'failed' }))).toMatch(/ failed {3}\(cli\)$/)
})

test('equal values of all groups are shown as one, others as a list', () => {
  expect(describeLine(line({ payload: { betas: [0.9, 0.9] } }))).toMatch(/0\.9 {3}/)
  expect(describeLine(line({ payload: { betas: [0.9, 0.9] } }))).not.toContain('[')
  expect(describeLine(line({ payload: { betas: [0.9, 0.123456] } }))).toContain('[0.9, 0.12346]')
  expect(describeLine(line({ payload: { mode: 'fast', on: true } }))).toMatch(/fast.*true/)
})

function metricsTo(last: number): string {
  const dir = temporaryDir()
  command(dir)
  mkdirSync(dir, { recursive: true })
  const lines = Array.from({ length: last + 1 }, (_, step) =>
    JSON.stringify({ step, epoch: 0, wall_time: step, metrics: { a: 1 } }),
  )
  writeFileSync(join(dir, 'hotcb.metrics.jsonl'), lines.map((text) => `${text}\n`).join(''))
  return dir
}

test('for a continued run, the text states which steps are repeated', () => {
  const dir = metricsTo(57)
  const from = (step: number): string => describeBeginning(dir, { tag: `step-${step}`, step, dir } as never)
  expect(from(50)).toBe('Continuing from checkpoint step-50. Steps 50 to 57 will be repeated.')
  expect(from(57)).toBe('Continuing from checkpoint step-57. Step 57 will be repeated.')
  expect(from(58)).toBe('Continuing from checkpoint step-58.')
  expect(describeBeginning(dir, null)).toBe(
    `\`${dir}\` has no checkpoint: starting again at step 0. Steps 0 to 57 will be repeated.`,
  )
  expect(describeBeginning(metricsTo(0), null)).toMatch(/ Step 0 will be repeated\.$/)
  const empty = temporaryDir()
  expect(describeBeginning(empty, null)).toBe(`Nothing has been trained in \`${empty}\` yet: starting at step 0.`)
})
