import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { openHold } from '@hotcb/run/node'
import { expect, test } from 'vitest'
import { type AnswerOptions, answerDecided, approve, findAction, reject } from '../../src/node.ts'
import { propose, type SteeredRun, steeredRun } from './steered-run.ts'

const ANN: AnswerOptions = { author: 'ann', source: 'cli' }

/** The code and the reason of an answer that was not written, and its action. */
function trouble(outcome: ReturnType<typeof approve>): unknown {
  return outcome.ok ? 'it was written' : [outcome.code, outcome.reason, outcome.action?.id ?? null]
}

const answersOf = ({ ledger }: SteeredRun): unknown =>
  ledger().map(({ op, params, notes, author, source, cid }) => ({ op, params, notes, author, source, cid }))

test('an answer contains the action, and the command whose ledger line has the decision', async () => {
  const steered = steeredRun()
  const id = propose(steered.dir)
  const outcome = approve(steered.run, id, { ...ANN, note: 'looks right' })
  expect(outcome).toEqual({
    ok: true,
    answer: {
      ...{ verdict: 'approve', cid: `ap-${id}`, from: expect.anything() },
      action: expect.objectContaining({ id, state: 'open', by: null }),
    },
  })
  if (!outcome.ok) throw new Error(outcome.reason)
  steered.step()
  expect(await answerDecided(steered.run, outcome.answer, { timeoutMs: 60_000 })).toMatchObject({ end: 'answered' })
  expect(answersOf(steered)).toEqual([
    { op: 'set_params', params: { lr: 0.025 }, notes: 'looks right', author: 'ann', source: 'cli', cid: `ap-${id}` },
  ])
})

test('a rejection is a cancel of the command, with the reason if there is one', () => {
  const steered = steeredRun()
  const [first, second] = [propose(steered.dir), propose(steered.dir, { params: { lr: 0.01 } })]
  const outcomes = [
    reject(steered.run, first, { ...ANN, note: 'no' }),
    reject(steered.run, second, { author: null, source: 'api' }),
  ]
  steered.step()
  expect(outcomes.map((outcome) => (outcome.ok ? outcome.answer.verdict : outcome.reason))).toEqual([
    'reject',
    'reject',
  ])
  expect(answersOf(steered)).toMatchObject([
    { op: 'cancel', params: { cid: `ap-${first}`, reason: 'no' }, author: 'ann', source: 'cli' },
    { op: 'cancel', params: { cid: `ap-${second}` }, author: null, source: 'api' },
  ])
  expect(
    [first, second].map((id) => findAction(steered.run, id)).map((one) => [one?.state, one?.by, one?.error]),
  ).toEqual([
    ['dismissed', 'ann', 'no'],
    ['dismissed', 'api', null],
  ])
})

test('an unknown id is refused, with suggestions of similar ids', () => {
  const steered = steeredRun()
  expect(trouble(approve(steered.run, 'a1-1', ANN))).toEqual([
    ...['unknown', 'no proposal `a1-1`: no proposal has that id', null],
  ])
  propose(steered.dir)
  propose(steered.dir)
  expect(trouble(approve(steered.run, 'zzzzzzzz', ANN))).toEqual([
    ...['unknown', 'no proposal `zzzzzzzz`: no proposal has that id', null],
  ])
  expect(trouble(reject(steered.run, 'a3-1', ANN))).toEqual([
    ...['unknown', 'no proposal `a3-1`: did you mean `a1-1` or `a2-1`?', null],
  ])
})

test('an action that is over, or that needs no answer, cannot be answered', () => {
  const steered = steeredRun()
  const late = propose(steered.dir, { expires: { ts: 2_000_000_000 } })
  const lapsed = ['lapsed', `\`${late}\` has expired: no one answered in time, and nothing was changed`, late]
  expect(trouble(approve(steered.run, late, { ...ANN, nowMs: 2_000_000_001_000 }))).toEqual(lapsed)
  expect(trouble(reject(steered.run, late, { ...ANN, nowMs: 2_000_000_001_000 }))).toEqual(lapsed)
  const hold = openHold(steered.dir, runFiles.autopilot, {
    engine: 'autopilot',
    fields: (n) => ({ action_id: `a${n}-0` }),
  })
  hold.append([{ action_id: 'a2-1', ts: 1, kind: 'alert', source: 'autopilot', reason: 'look' }])
  hold.close()
  const alert = ['not-asked', '`a2-1` is an alert, which needs no answer', 'a2-1']
  expect([trouble(approve(steered.run, 'a2-1', ANN)), trouble(reject(steered.run, 'a2-1', ANN))]).toEqual([
    alert,
    alert,
  ])
  expect(approve(steered.run, late, { ...ANN, nowMs: 2_000_000_000_000 }).ok).toBe(true)
})

test('with a different kind of kernel the outcome has a reason, but no action', () => {
  const steered = steeredRun()
  const id = propose(steered.dir)
  const line = { seq: 9, step: 3, module: 'opt', op: 'set_params', id: 'main', source: 'external', decision: 'applied' }
  appendFileSync(join(steered.dir, runFiles.ledger), `${JSON.stringify(line)}\n`)
  const reason =
    "the kernel of this run is not hotcb's: it honours neither `expect` nor `expires`, so nothing is written"
  expect([trouble(approve(steered.run, id, ANN)), trouble(reject(steered.run, id, ANN))]).toEqual([
    ['foreign', reason, null],
    ['foreign', reason, null],
  ])
})
