import { didYouMean } from '@hotcb/protocol'
import { templateProblem } from '../text/template.ts'
import {
  type Duration,
  LEVELS,
  METRIC_CONDITIONS,
  type MessageLevel,
  type NotifyRule,
  RULE_NAMES,
  type RuleName,
} from '../types.ts'
import type { ConfigFields } from './fields.ts'
import { whenProblem } from './when.ts'

const FIELDS = [
  'id', 'on', 'metric', 'value', 'window', 'when', 'for', 'cooldown', 'channels', 'level', 'template',
] as const // biome-ignore format: names alone

const THRESHOLDS: readonly RuleName[] = ['gt', 'gte', 'lt', 'lte']
const CRITICAL: readonly RuleName[] = ['failed', 'lost', 'diverged', 'divergence', 'nan', 'budget_spent']
const INFO: readonly RuleName[] = ['finished', 'stopped', 'paused', 'frozen']
const AT_ONCE: Duration = { seconds: 0 }
const HOUR: Duration = { seconds: 3600 }

/** Reads one rule; undefined if its subject is unknown. */
export function readRule(fields: ConfigFields, index: number, channels: readonly string[]): NotifyRule | undefined {
  fields.allow(FIELDS)
  const isWhen = fields.has('when') && !fields.has('on')
  const on = isWhen ? 'when' : fields.oneOf('on', RULE_NAMES)
  if (on === undefined) return undefined
  const metric = fields.has('metric') ? fields.text('metric') : null
  const rule: NotifyRule = {
    id: fields.has('id') ? fields.id('id') : defaultId(on, metric, index),
    on,
    metric,
    value: fields.number('value', null),
    window: fields.number('window', null, 2),
    when: on === 'when' ? fields.text('when') : null,
    hold: fields.span('for', AT_ONCE),
    cooldown: fields.span('cooldown', HOUR),
    channels: channelsOf(fields, channels),
    level: fields.oneOf<MessageLevel>('level', LEVELS, levelOf(on)) ?? 'info',
    template: fields.has('template') ? fields.text('template') : null,
  }
  judge(rule, fields)
  return rule
}

function judge(rule: NotifyRule, fields: ConfigFields): void {
  judgeFields(rule, fields)
  if (rule.on !== 'when' && fields.has('when'))
    fields.refuse('when', `\`when\` and \`on: ${rule.on}\` cannot be combined`)
  const wrong = rule.when === null || rule.when === '' ? null : whenProblem(rule.when)
  if (wrong !== null) fields.refuse('when', wrong)
  const problem = rule.template === null ? null : templateProblem(rule.template)
  if (problem !== null) fields.refuse('template', problem)
}

/** Rejects fields that a rule of this kind does not have or use. */
function judgeFields({ on, metric, value, window }: NotifyRule, fields: ConfigFields): void {
  const isThreshold = THRESHOLDS.includes(on)
  const isPlain = (on === 'plateau' || on === 'spike') && value !== null
  const isMetric = METRIC_CONDITIONS.some((name) => name === on)
  if (isThreshold && !fields.has('value')) fields.refuse(null, `\`${on}\` needs \`value\``)
  if (isThreshold && metric === null) fields.refuse(null, `\`${on}\` needs \`metric\``)
  if (metric !== null && !isMetric) fields.refuse('metric', `\`${on}\` applies to the run and has no \`metric\``)
  if (value !== null && !isThreshold && !isPlain) fields.refuse('value', `\`${on}\` has no \`value\``)
  if (window !== null && !isPlain)
    fields.refuse('window', '`window` is only valid for `plateau` and `spike` with a `value`')
}

function channelsOf(fields: ConfigFields, known: readonly string[]): readonly string[] {
  if (!fields.has('channels')) return known
  const names = fields.texts('channels')
  const others = known.length === 0 ? 'none is configured' : `choose from ${known.join(', ')}`
  const isList = Array.isArray(fields.raw('channels'))
  for (const [i, name] of names.entries()) {
    if (known.includes(name)) continue
    fields.refuse(isList ? ['channels', i] : 'channels', `no channel \`${name}\`: ${didYouMean(name, known, others)}`)
  }
  return names
}

function defaultId(on: RuleName, metric: string | null, index: number): string {
  return on === 'when' ? `rule-${index + 1}` : metric === null ? on : `${on} ${metric}`
}

function levelOf(on: RuleName): MessageLevel {
  return CRITICAL.includes(on) ? 'critical' : INFO.includes(on) ? 'info' : 'warning'
}
