import { type Json, type SubmittedOp, showRelative } from '@hotcb/protocol'
import { formatYaml } from '@hotcb/protocol/yaml'
import type { Rule, RuleAction, ValueChange } from './types.ts'

/** Formats rules as a version 2 file that a person can edit. Default values and version 1 rules are left out. */
export function formatRules(rules: readonly Rule[]): string {
  const list = rules.filter(({ version }) => version === 2).map(ruleJson)
  return formatYaml({ version: 2, rules: list })
}

function ruleJson(rule: Rule): Json {
  const { id, description, condition, program, metric, params, action, confidence, enabled } = rule
  const { cooldown, hold, clear, settle } = rule
  return {
    id,
    ...(description !== '' && { description }),
    ...(program === null ? { condition } : { when: program.text }),
    ...(metric !== null && { metric }),
    ...(Object.keys(params).length > 0 && { params }),
    action: actionJson(action),
    confidence,
    ...(!enabled && { enabled }),
    ...(cooldown !== 100 && { cooldown }),
    ...(hold !== 1 && { hold }),
    ...(clear !== hold && { clear }),
    ...(settle !== 20 && { settle }),
  }
}

function actionJson(action: RuleAction): Json {
  switch (action.kind) {
    case 'do':
      return { do: action.what }
    case 'set':
      return {
        set: Object.fromEntries(Object.entries(action.values).map(([key, change]) => [key, changeJson(change)])),
      }
    case 'op':
      return { op: opJson(action.op) }
    default:
      return action satisfies never
  }
}

function opJson({ module, op, id, params }: SubmittedOp): Json {
  return {
    module,
    op,
    ...(id !== undefined && id !== null && { id }),
    ...(params !== null && { params: params ?? {} }),
  }
}

function changeJson(change: ValueChange): Json {
  return 'to' in change ? change.to : showRelative(change)
}
