import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { expect, test } from 'vitest'
import { draftOf } from '../src/draft.ts'
import { DEFAULT_LIMITS, readRuleFile } from '../src/index.ts'

test("a change to one parameter group is judged by that group's value", () => {
  const controls = createMutableState(optimizerActuators({ paramGroups: [{ lr: 0.1 }, { lr: 0.001 }] })).describe(0)
  const judgement = (group: number): unknown => {
    const read = readRuleFile(
      `version: 2\nrules:\n  - {id: up, when: "loss > 0", action: {op: {module: opt, op: set_params, params: {lr: 0.1, group: ${group}}}}}\n`,
    )
    if (!read.ok) throw new Error(read.reason)
    const [rule] = read.value.rules
    if (rule === undefined) throw new Error('no rule')
    const found = { is: true, because: 'x' }
    const draft = draftOf({ rule, found, limits: DEFAULT_LIMITS, controls, anchor: () => undefined })
    return 'judgement' in draft ? draft.judgement : draft
  }
  expect(judgement(0)).toEqual({ permission: 'auto', because: '' })
  // A change by a factor of a hundred, even though the first group has this value.
  expect(judgement(1)).toEqual({ permission: 'ask', because: 'lr may be changed by at most x10 without approval' })
})
