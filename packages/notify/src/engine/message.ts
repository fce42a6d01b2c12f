import { oneLine } from '@hotcb/protocol'
import { fillMessage, type TemplateValues } from '../text/template.ts'
import type { NotifyMessage } from '../types.ts'
import type { RuleEvent } from './edge-book.ts'

const LONGEST_TITLE = 150

const DEFAULT_TEMPLATE = '{because}'

/** Builds the message for an event. @param run The run's name. */
export function composeMessage(event: RuleEvent, run: string): NotifyMessage {
  const { rule, finding, phase, metric, at } = event
  const isOver = phase === 'recovered'
  const state = stateOf(event)
  return {
    title: oneLine(`${run}: ${state}${ENDINGS[phase]}${oftenOf(event)}`, LONGEST_TITLE),
    text: fillMessage(rule.template ?? DEFAULT_TEMPLATE, valuesOf(event, run, state)),
    level: isOver ? 'info' : rule.level,
    run,
    step: at.step,
    rule: rule.id,
    phase,
    metric,
    value: finding.value ?? null,
    action: isOver ? null : (finding.action ?? null),
  }
}

const ENDINGS = { opened: '', repeated: ', still', recovered: ', recovered' } as const

function stateOf({ rule, metric }: RuleEvent): string {
  const what = WORDS[rule.on] ?? rule.on.replaceAll('_', ' ')
  if (rule.on === 'when') return rule.id
  return metric === null ? what : `${metric} ${what}`
}

function oftenOf({ count }: RuleEvent): string {
  return count > 1 ? ` (${count} times since the last message)` : ''
}

function valuesOf({ rule, finding, phase, count, metric, at }: RuleEvent, run: string, state: string): TemplateValues {
  const because = phase === 'recovered' && finding.because !== '' ? `no longer: ${finding.because}` : finding.because
  return {
    because: because === '' ? state : because,
    count: String(count),
    level: rule.level,
    metric: metric ?? '',
    phase,
    rule: rule.id,
    run,
    state,
    step: textOf(at.step),
    value: textOf(finding.value),
  }
}

function textOf(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : String(value)
}

const WORDS: Readonly<Record<string, string>> = {
  lost: 'no sign of life',
  superseded: 'taken over',
  waiting_approval: 'waiting for approval',
  alert: 'autopilot alert',
  budget_spent: 'the autopilot budget is spent',
  gt: 'too high',
  gte: 'too high',
  lt: 'too low',
  lte: 'too low',
  nan: 'is not finite',
  divergence: 'diverges',
  grad_explosion: 'explodes',
  overfitting: 'overfits',
}
