import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateRun } from './fixture.ts'

type Run = NonNullable<Parameters<typeof generateRun>[1]>

/** Writes a run with a tuner. One of its changes was accepted, one was rejected, and a third one is suggested. */
export function writeTunedRun(dir: string, options: Run = {}): void {
  generateRun(dir, { lines: 400, changes: false, ...options })
  const change = (m: string, from: number, to: number, status: string): object => {
    const payload = {
      ...{ m, knob: 'opt:lr_mult', module: 'opt', key: 'lr', mode: 'mult', value: to / from, from, to, status },
      ...{
        phase: 'mid',
        by: 'pattern',
        metric: 'val_loss',
        event: 'val_epoch_end',
        scale: null,
        u0: -0.5,
        r0: 0.1,
        s: 0.05,
      },
    }
    return { module: 'tune', op: 'propose', id: m, source: 'tune', params: payload, payload }
  }
  const set = (m: string, from: number, to: number): object => ({
    ...{ module: 'opt', op: 'set_params', source: 'tune', cid: `tune-${m}` },
    ...{ params: { lr: to }, payload: { lr: to }, old: { lr: from } },
  })
  const judged = (m: string, decision: string, score: number, more: object): object => {
    const payload = {
      m,
      decision,
      score,
      z: score * 20,
      n: 2,
      bad: null,
      put_back: null,
      before: 0.6,
      now: 0.5,
      ...more,
    }
    return { module: 'tune', op: 'judge', id: m, source: 'tune', params: payload, payload }
  }
  const lines: readonly (readonly [step: number | null, line: object])[] = [
    [null, { module: 'core', op: 'attempt', source: 'kernel', payload: { n: 1, token: 'a', step: null, cut: false } }],
    [1, { module: 'tune', op: 'enable', source: 'trainer', params: { mode: 'suggest' }, payload: { mode: 'suggest' } }],
    [80, change('m_00001', 1e-4, 3e-4, 'applied')],
    [80, set('m_00001', 1e-4, 3e-4)],
    [140, judged('m_00001', 'accepted', 0.12, {})],
    [200, change('m_00002', 3e-4, 9e-4, 'applied')],
    [200, set('m_00002', 3e-4, 9e-4)],
    [260, judged('m_00002', 'rejected', -0.2, { put_back: 'values', now: 0.7 })],
    [261, { ...set('x', 9e-4, 3e-4), cid: 'tune-m_00002-back' }],
    [340, change('m_00003', 3e-4, 5e-4, 'suggested')],
  ]
  const text = lines.map(([step, line], i) => `${JSON.stringify({ ...ledgerLine(i + 1), step, ...line })}\n`)
  appendFileSync(join(dir, 'hotcb.applied.jsonl'), text.join(''))
}

function ledgerLine(seq: number): object {
  return {
    seq,
    id: 'main',
    decision: 'applied',
    wall_time: 1,
    attempt: 1,
    of: null,
    cid: null,
    old: null,
    params: null,
  }
}
