import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatCommand, runFiles } from '@hotcb/protocol'
import { openRun } from '@hotcb/run/node'
import { expect, test } from 'vitest'
import { approve, readAutopilotHistory, reject } from '../../src/node.ts'
import { propose, type SteeredRun, steeredRun } from './steered-run.ts'

const ANN = { author: 'ann', source: 'cli' }
const BOB = { author: 'bob', source: 'dashboard' }

/** The ledger lines about one action. */
function outcomes({ ledger }: SteeredRun, cid: string): unknown[] {
  return ledger()
    .filter((line) => line.cid === cid || line.params?.['cid'] === cid)
    .map(({ op, decision, author, source }) => [op, decision, author, source])
}

function stateOf(steered: SteeredRun, id: string): unknown {
  const action = readAutopilotHistory(steered.run).actions.find((one) => one.id === id)
  return action && [action.state, action.by]
}

test("an approval appends the proposal's command, and the ledger contains the person who approved", () => {
  const steered = steeredRun()
  const id = propose(steered.dir)
  expect(stateOf(steered, id)).toEqual(['open', null])
  expect(approve(steered.run, id, ANN)).toMatchObject({ ok: true, answer: { cid: `ap-${id}`, verdict: 'approve' } })
  expect(stateOf(steered, id)).toEqual(['queued', 'ann'])
  steered.step()
  expect([outcomes(steered, `ap-${id}`), steered.rate()]).toEqual([[['set_params', 'applied', 'ann', 'cli']], 0.025])
  expect(stateOf(steered, id)).toEqual(['applied', 'ann'])
})

test('a second approval is refused with the name of the first', () => {
  const steered = steeredRun()
  const id = propose(steered.dir)
  approve(steered.run, id, ANN)
  expect(approve(steered.run, id, BOB)).toMatchObject({
    ok: false,
    code: 'answered',
    reason: `\`${id}\` has already been answered: approved by ann, waiting for the trainer`,
  })
  steered.step()
  expect(reject(steered.run, id, BOB)).toMatchObject({
    code: 'answered',
    reason: `\`${id}\` has already been answered: approved by ann, applied (ledger line 2)`,
  })
  expect(outcomes(steered, `ap-${id}`)).toHaveLength(1)
})

test('if two channels approve at the same moment, the first line is applied, and the other does nothing', () => {
  const steered = steeredRun()
  const id = propose(steered.dir)
  // Both checked before either wrote: the second command is in the file even though the first is too.
  approve(steered.run, id, ANN)
  const text = readFileSync(join(steered.dir, runFiles.commands), 'utf8')
  appendFileSync(
    join(steered.dir, runFiles.commands),
    text.replaceAll('"ann"', '"bob"').replaceAll('"cli"', '"dashboard"'),
  )
  steered.step()
  expect(outcomes(steered, `ap-${id}`)).toEqual([
    ['set_params', 'applied', 'ann', 'cli'],
    ['set_params', 'skipped_noop', 'bob', 'dashboard'],
  ])
  expect([steered.rate(), stateOf(steered, id)]).toEqual([0.025, ['applied', 'ann']])
})

test('a rejection closes the proposal, and a later approval does nothing', () => {
  const steered = steeredRun()
  const id = propose(steered.dir)
  expect(reject(steered.run, id, { ...ANN, note: 'too early' })).toMatchObject({
    ok: true,
    answer: { verdict: 'reject' },
  })
  expect(approve(steered.run, id, BOB)).toMatchObject({ code: 'answered' })
  // An approval that had already been sent.
  const { command } = readAutopilotHistory(steered.run).actions[0] ?? {}
  appendFileSync(join(steered.dir, runFiles.commands), formatCommand({ ...(command as { op: string }), author: 'bob' }))
  steered.step()
  expect(outcomes(steered, `ap-${id}`)).toEqual([
    ['cancel', 'applied', 'ann', 'cli'],
    ['set_params', 'skipped_noop', 'bob', 'external'],
  ])
  const [action] = readAutopilotHistory(steered.run).actions
  expect([action?.state, action?.by, action?.error, steered.rate()]).toEqual(['dismissed', 'ann', 'too early', 0.05])
})

test('a rejection after an approval in the file changes nothing', () => {
  const steered = steeredRun()
  const id = propose(steered.dir)
  approve(steered.run, id, ANN)
  const cancel = { module: 'core', op: 'cancel', params: { cid: `ap-${id}` }, author: 'bob', source: 'dashboard' }
  appendFileSync(join(steered.dir, runFiles.commands), formatCommand(cancel))
  steered.step()
  expect(outcomes(steered, `ap-${id}`)).toEqual([
    ['set_params', 'applied', 'ann', 'cli'],
    ['cancel', 'failed', 'bob', 'dashboard'],
  ])
  expect([stateOf(steered, id), steered.rate()]).toEqual([['applied', 'ann'], 0.025])
})

test('an approval after the value has changed fails, and the error contains the current value', () => {
  const steered = steeredRun()
  const id = propose(steered.dir)
  steered.run.send([{ module: 'opt', op: 'set_params', params: { lr: 0.1 } }], { source: 'cli', author: 'bob' })
  steered.step()
  expect(approve(steered.run, id, ANN)).toMatchObject({ ok: true })
  steered.step()
  const [action] = readAutopilotHistory(steered.run).actions
  expect(action).toMatchObject({ state: 'failed', by: 'ann', error: 'expected `lr` to be 0.05, but it is 0.1' })
  expect(steered.rate()).toBe(0.1)
})

test('a proposal that nobody answered in time can no longer be approved, and nothing is appended', () => {
  const steered = steeredRun()
  const late = propose(steered.dir, { expires: { ts: 1_700_000_000 } })
  const past = propose(steered.dir, { expires: { step: 0 } })
  steered.step()
  // When a trainer ends, its state document contains its last step.
  steered.stop()
  for (const id of [late, past]) {
    expect(approve(steered.run, id, ANN)).toMatchObject({ ok: false, code: 'lapsed' })
    expect(reject(steered.run, id, ANN)).toMatchObject({ ok: false, code: 'lapsed' })
  }
  steered.restart()
  steered.step()
  expect([outcomes(steered, `ap-${late}`), outcomes(steered, `ap-${past}`), steered.rate()]).toEqual([[], [], 0.05])
})

test('an approval that reaches the kernel too late expires', () => {
  const steered = steeredRun()
  const id = propose(steered.dir, { expires: { step: 1 } })
  steered.step()
  expect(approve(steered.run, id, ANN)).toMatchObject({ ok: true })
  steered.step()
  expect([stateOf(steered, id), steered.rate()]).toEqual([['expired', 'ann'], 0.05])
})

test('while the run is frozen an approval needs `anyway`, and then the kernel closes the proposal', () => {
  const steered = steeredRun()
  const id = propose(steered.dir)
  writeFileSync(join(steered.dir, runFiles.freeze), '{"mode": "prod"}')
  expect(approve(steered.run, id, ANN)).toMatchObject({
    ok: false,
    code: 'frozen',
    reason: `the run is frozen (prod): the kernel would refuse \`${id}\` and close it`,
  })
  expect(stateOf(steered, id)).toEqual(['open', null])
  expect(approve(steered.run, id, { ...ANN, anyway: true })).toMatchObject({ ok: true })
  steered.step()
  expect([stateOf(steered, id), steered.rate()]).toEqual([['frozen', 'ann'], 0.05])
  expect(approve(steered.run, id, ANN)).toMatchObject({ code: 'answered' })
})

test('a rejection passes a freeze', () => {
  const steered = steeredRun()
  const id = propose(steered.dir)
  writeFileSync(join(steered.dir, runFiles.freeze), '{"mode": "prod"}')
  expect(reject(steered.run, id, ANN)).toMatchObject({ ok: true })
  steered.step()
  expect(stateOf(steered, id)).toEqual(['dismissed', 'ann'])
})

test('a proposal outlives its autopilot and its trainer, and an approval after all restarts is one change', () => {
  const steered = steeredRun()
  const id = propose(steered.dir)
  steered.restart()
  steered.step()
  expect(approve(openRun(steered.dir), id, ANN)).toMatchObject({ ok: true })
  steered.restart()
  steered.step()
  steered.restart()
  steered.step()
  const decided = outcomes(steered, `ap-${id}`)
  expect(decided.filter((line) => (line as string[])[1] === 'applied')).toEqual([
    ['set_params', 'applied', 'ann', 'cli'],
  ])
  expect([stateOf(steered, id), steered.rate()]).toEqual([['applied', 'ann'], 0.025])
})

test('with a different kind of kernel nothing is answered, because it honours neither `expect` nor `expires`', () => {
  const steered = steeredRun()
  const id = propose(steered.dir)
  const line = { seq: 9, step: 3, module: 'opt', op: 'set_params', id: 'main', source: 'external', decision: 'applied' }
  appendFileSync(join(steered.dir, runFiles.ledger), `${JSON.stringify(line)}\n`)
  for (const answer of [approve, reject]) {
    expect(answer(steered.run, id, ANN)).toMatchObject({ ok: false, code: 'foreign' })
  }
  expect(stateOf(steered, id)).toEqual(['open', null])
})

test('a value that a control would not accept is refused before it is sent', () => {
  const steered = steeredRun()
  const id = propose(steered.dir, { params: { lr: -1 } })
  expect(approve(steered.run, id, ANN)).toMatchObject({
    ok: false,
    code: 'refused',
    reason: expect.stringMatching(/lr/),
  })
  expect(stateOf(steered, id)).toEqual(['open', null])
})

test('an unknown id is refused, with the most similar one', () => {
  const steered = steeredRun()
  propose(steered.dir)
  expect(approve(steered.run, 'a1-2', ANN)).toMatchObject({
    code: 'unknown',
    reason: 'no proposal `a1-2`: did you mean `a1-1`?',
  })
})
