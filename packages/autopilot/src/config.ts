import { directionOf } from '@hotcb/metrics/judge'
import type { Json } from '@hotcb/protocol'
import { type AiConfig, DEFAULT_AI, readAiConfig } from './ai/ai-config.ts'
import { readKeyMetric } from './key-metric.ts'
import { DEFAULT_LIMITS, readLimits } from './limits.ts'
import { formatRuleProblem, openRuleReader, type RuleProblem, type RuleReader } from './rule-reader.ts'
import { AUTOPILOT_MODES, type AutopilotMode, type Limits, type OnWait, type RuleSet } from './types.ts'

/** The content of `hotcb.autopilot.yaml`. */
export interface AutopilotConfig {
  /** Null if the file does not set it. */
  readonly mode: AutopilotMode | null
  readonly keyMetric: RuleSet['keyMetric']
  /** Rule files, relative to the run directory; null: the built-in rules. */
  readonly rules: readonly string[] | null
  /** The ids of rules that are switched off. */
  readonly disabled: readonly string[]
  /** What the run does while a rescue proposal is waiting for an answer. @defaultValue 'train' */
  readonly onWait: OnWait
  readonly limits: Limits
  /** The language model for the AI modes. */
  readonly ai: AiConfig
}

/** The defaults if there is no file. */
export const DEFAULT_AUTOPILOT_CONFIG: AutopilotConfig = {
  mode: null,
  keyMetric: null,
  rules: null,
  disabled: [],
  onWait: 'train',
  limits: DEFAULT_LIMITS,
  ai: DEFAULT_AI,
}

/** The config, or all problems in the file. `reason` is the first problem, with its location. */
export type AutopilotConfigReading =
  | { readonly ok: true; readonly value: AutopilotConfig }
  | { readonly ok: false; readonly reason: string; readonly problems: readonly RuleProblem[] }

const FIELDS = ['mode', 'key_metric', 'rules', 'disabled', 'on_wait', 'limits', 'ai']
const ON_WAIT = ['train', 'pause'] as const

/** Reads `hotcb.autopilot.yaml`. A file with a problem is rejected as a whole. An empty file counts as no file. */
export function readAutopilotConfig(
  text: string,
  { file = 'hotcb.autopilot.yaml' }: { readonly file?: string } = {},
): AutopilotConfigReading {
  if (isEmpty(text)) return { ok: true, value: DEFAULT_AUTOPILOT_CONFIG }
  const problems: RuleProblem[] = []
  const top = openRuleReader(text, file, problems)
  const value = top === undefined ? DEFAULT_AUTOPILOT_CONFIG : readTop(top)
  const [first] = problems
  return first === undefined ? { ok: true, value } : { ok: false, reason: formatRuleProblem(first), problems }
}

function isEmpty(text: string): boolean {
  return text.split('\n').every((line) => /^\s*(#.*)?$/.test(line))
}

function readTop(top: RuleReader): AutopilotConfig {
  top.only(FIELDS)
  const limits = readLimits(top.json('limits'))
  if (!limits.ok) top.problem('limits', limits.reason)
  const ai = top.within('ai')
  const rules = top.json('rules')
  return {
    mode: top.oneOf('mode', AUTOPILOT_MODES) ?? null,
    keyMetric: readKeyMetric(top),
    rules: rules === undefined || rules === null ? null : texts(top, 'rules', rules),
    disabled: texts(top, 'disabled', top.json('disabled') ?? []),
    onWait: top.oneOf('on_wait', ON_WAIT) ?? DEFAULT_AUTOPILOT_CONFIG.onWait,
    limits: limits.ok ? limits.value : DEFAULT_LIMITS,
    ai: ai === undefined ? DEFAULT_AI : readAiConfig(ai),
  }
}

function texts(top: RuleReader, field: string, given: Json): readonly string[] {
  const list = Array.isArray(given) ? given : [given]
  const good = list.filter((one): one is string => typeof one === 'string' && one !== '')
  if (good.length < list.length) top.problem(field, `\`${field}\` must be a list of strings`)
  return good
}

/**
 * Reads a key metric from a string such as `val_loss` or `score:max`. If the string does not contain the direction, the direction is
 * derived from the name, if possible.
 *
 * @returns undefined for a name that does not show whether lower or higher is better.
 */
export function readKeyMetricText(
  text: string,
): { readonly name: string; readonly direction: 'min' | 'max' } | undefined {
  const [, named, written] = /^(.+):(min|max)$/.exec(text) ?? []
  const name = named ?? text
  const direction = written === 'min' || written === 'max' ? written : directionOf(name)
  return direction === undefined ? undefined : { name, direction }
}
