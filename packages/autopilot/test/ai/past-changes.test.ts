import { expect, test } from 'vitest'
import { pastChanges } from '../../src/ai/past-changes.ts'
import type { ActionRecord } from '../../src/types.ts'

function action(more: object): ActionRecord {
  const command = { op: 'set_params', params: { lr: 0.1 } }
  // Only these fields of a record matter here.
  return {
    step: 5,
    rule: 'ai',
    command,
    state: 'applied',
    outcome: null,
    outcomeBecause: null,
    ...more,
  } as unknown as ActionRecord
}

test('a past change is one line: its step, its author, the change, and its effect', () => {
  const actions = [
    action({ command: null }),
    action({}),
    action({ rule: 'plateau', step: null, state: 'failed', command: { op: 'stop' }, outcome: 'unclear' }),
    action({ outcome: 'worse', outcomeBecause: 'the loss\nrose' }),
    action({ outcome: 'better', outcomeBecause: 'x'.repeat(200) }),
  ]
  expect(pastChanges(actions, 'full')).toEqual([
    `- step 5 by you: "set_params" "{\\"lr\\":0.1}" applied; effect: better "${'x'.repeat(159)}…"`,
    '- step 5 by you: "set_params" "{\\"lr\\":0.1}" applied; effect: worse "the loss rose"',
    '- step ? by a rule: "stop" "{}" failed; effect: unclear',
    '- step 5 by you: "set_params" "{\\"lr\\":0.1}" applied; effect: not measured yet',
  ])
  expect(pastChanges(actions, 'ids_only')).toEqual([
    '- step 5 by you: "set_params" applied; effect: better',
    '- step 5 by you: "set_params" applied; effect: worse',
    '- step ? by a rule: "stop" failed; effect: unclear',
    '- step 5 by you: "set_params" applied; effect: not measured yet',
  ])
})

test('the last twelve changes are listed, newest first', () => {
  const actions = Array.from({ length: 20 }, (_, step) => action({ step }))
  const steps = pastChanges(actions, 'ids_only').map((line) => Number(/step (\d+)/.exec(line)?.[1]))
  expect(steps).toEqual([19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8])
})
