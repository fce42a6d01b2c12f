import { appendFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import { generateRun } from './fixture.ts'

/** Writes a run that an autopilot in this process watches. One proposal is open; the others have been answered. */
export function writeWatchedRun(dir: string): void {
  generateRun(dir, { lines: 400, live: true, start: processStart(), maxSteps: 1000, changes: false })
  const opened = { module: 'core', op: 'attempt', payload: { n: 1, token: 'a', step: null, cut: false } }
  append(dir, 'hotcb.applied.jsonl', [{ ...ledgerLine(1, 0), ...opened, source: 'kernel', step: null }])
  const holder = { token: 't1', host: hostname(), pid: process.pid, start: processStart(), engine: 'autopilot' }
  append(dir, 'hotcb.autopilot.jsonl', [
    logLine('begin', 'a1-0', 0, { step: null, reason: 'mode suggest', metric: 'val_loss', data: holder }),
    logLine('alert', 'a1-1', 120, { rule_id: 'overfitting_wd_increase', metric: 'val_loss', confidence: 'low', reason: 'val_loss: 0.31, its best was 0.29, and the training metric is still improving', data: { evidence: {} } }),
    proposed('a1-2', 160, 1.5e-4),
    logLine('outcome', 'a1-2', 260, { reason: 'val_loss lower by 0.04 (95 % interval -0.06 to -0.02) against its own trend, no twin', data: { verdict: 'better' } }),
    proposed('a1-3', 220, 7.5e-5),
    proposed('a1-4', 380, 1.5e-4),
  ]) // biome-ignore format: one line of the log each
  decide(dir, { seq: 101, step: 162, cid: 'ap-a1-2', lr: 1.5e-4, author: 'bob' })
  const cancel = { module: 'core', op: 'cancel', params: { cid: 'ap-a1-3', reason: 'wait for the next epoch' } }
  append(dir, 'hotcb.applied.jsonl', [{ ...ledgerLine(102, 224), ...cancel, author: 'bob', source: 'cli' }])
}

/** Writes the same run after two calls to a language model. One answer was carried out; the other one is invalid. */
export function writeAdvisedRun(dir: string): void {
  writeWatchedRun(dir)
  const asked = { rule_id: 'ai', source: 'ai' }
  const question = { ...asked, data: { model: 'gpt-4o-mini', host: 'api.openai.com' } }
  const action = { action: 'set_lr', name: null, value: 7.5e-5, result: 'done as a1-5', id: 'a1-5' }
  const watch = {
    action: 'add_watch_metric',
    name: 'val_acc',
    value: null,
    result: 'done; it changes only what the model sees',
    id: null,
  }
  const answer = {
    spent: { calls: 1, nano_usd: 210_000, tokens: 1100 },
    diagnosis: 'too_high',
    actions: [action, watch],
  }
  append(dir, 'hotcb.autopilot.jsonl', [
    logLine('call', 'a1-c1', 180, { ...question, reason: 'first' }),
    logLine('reply', 'a1-c1', 181, { ...asked, reason: MODEL_TEXT, data: answer }),
    { ...proposed('a1-5', 182, 7.5e-5), ...asked, reason: MODEL_TEXT },
    logLine('outcome', 'a1-5', 300, { ...asked, reason: 'val_loss higher by 0.03 against its own trend, no twin', data: { verdict: 'worse' } }),
    logLine('call', 'a1-c2', 390, { ...question, reason: 'cadence' }),
    logLine('reply', 'a1-c2', 391, { ...asked, reason: 'the answer is not JSON', data: { spent: { calls: 2, nano_usd: 420_000, tokens: 2200 }, failed: 'unusable' } }),
  ]) // biome-ignore format: one line of the log each
  decide(dir, { seq: 104, step: 184, cid: 'ap-a1-5', lr: 7.5e-5, author: null, source: 'ai' })
}

/** A model's answer, which is shown as text. */
export const MODEL_TEXT = 'The loss is stuck. <img src=x onerror="document.title=1"><b>APPROVED</b>'

/** Writes another proposal of the same autopilot. */
export function propose(dir: string, id: string, step: number): void {
  append(dir, 'hotcb.autopilot.jsonl', [proposed(id, step, 1.5e-4)])
}

function proposed(id: string, step: number, to: number): object {
  const cid = `ap-${id}`
  const expires = { ts: Date.now() / 1000 + 1500 }
  const command = { cid, module: 'opt', op: 'set_params', params: { lr: to }, expect: { lr: 3e-4 }, expires }
  return logLine('proposed', id, step, {
    ...{ rule_id: 'val_plateau_lr_reduce', metric: 'val_loss', confidence: 'high' },
    reason: 'val_loss: no better over the last 8 values: 0.21 → 0.22, trend z 0.4',
    ...{ command, cid, data: { evidence: { from: 3e-4, to }, plan: [], auto: false, procedure: null } },
  })
}

function logLine(kind: string, id: string, step: number, more: object): object {
  const empty = { rule_id: null, metric: null, reason: null, confidence: null, command: null, cid: null, by: null }
  const ts = Date.now() / 1000 - 1000 + step
  return {
    action_id: id,
    ts,
    step,
    kind,
    source: 'autopilot',
    ...empty,
    decision: null,
    seq: null,
    data: null,
    n: 1,
    ...more,
  }
}

/** Writes the line with which the kernel applies an approved proposal. */
export function decide(
  dir: string,
  {
    seq,
    step,
    cid,
    lr,
    author,
    source = 'dashboard',
  }: {
    readonly seq: number
    readonly step: number
    readonly cid: string
    readonly lr: number
    readonly author: string | null
    readonly source?: string
  },
): void {
  const change = { module: 'opt', op: 'set_params', params: { lr }, payload: { lr }, old: { lr: 3e-4 } }
  append(dir, 'hotcb.applied.jsonl', [{ ...ledgerLine(seq, step), ...change, cid, author, source }])
}

// Without a `cid`, the line would count as another kernel's.
function ledgerLine(seq: number, step: number): object {
  const rest = { id: 'main', decision: 'applied', attempt: 1, of: null, payload: null, cid: null }
  return { seq, step, wall_time: Date.now() / 1000, ...rest }
}

function append(dir: string, file: string, lines: readonly object[]): void {
  appendFileSync(join(dir, file), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}
