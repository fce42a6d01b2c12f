import { expect, test } from 'vitest'
import { DEFAULT_RULES, formatRules, type RuleSet, readRuleFile } from '../src/index.ts'

const TEXT = `version: 2
rules:
  - id: a
    description: all of it
    condition: plateau
    metric: loss
    params:
      window: 9
    action:
      set:
        lr: x0.5
        wd: 0.1
        momentum: '+0.05'
        name: sgd
    confidence: high
    enabled: false
    cooldown: 5
    hold: 2
    clear: 1
    settle: 0
  - id: b
    when: loss > 1
    action:
      op:
        module: ctl
        op: call
        id: f
        params: {args: [1]}
    confidence: medium
  - id: c
    condition: nan
    action:
      op:
        module: cb
        op: disable
    confidence: low
    hold: 3
  - id: d
    condition: nan
    action:
      do: pause
    confidence: medium
`

function rulesOf(text: string): RuleSet['rules'] {
  const read = readRuleFile(text)
  if (!read.ok) throw new Error(read.reason)
  return read.value.rules
}

test('rules are written with only the fields that differ from the defaults', () => {
  expect(formatRules(rulesOf(TEXT))).toBe(TEXT)
  const withoutPlaces = (given: RuleSet['rules']): unknown => given.map(({ place: _, ...rest }) => rest)
  expect(withoutPlaces(rulesOf(formatRules(DEFAULT_RULES.rules)))).toEqual(withoutPlaces(DEFAULT_RULES.rules))
})

test('version 1 rules are left out', () => {
  expect(formatRules(rulesOf('rules: [{id: old, condition: plateau}]'))).toBe('version: 2\nrules: []\n')
})
