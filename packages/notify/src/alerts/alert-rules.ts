import type { Duration, MessageLevel, NotifyRule, RuleName } from '../types.ts'

const COOLDOWN: Duration = { seconds: 900 }

/** The rules that apply to every run, with or without a configuration: their alerts are shown in the page. */
export const BUILT_IN_ALERTS: readonly NotifyRule[] = [
  builtIn('nan', 'critical', '*'),
  builtIn('lost', 'critical'),
  builtIn('silent', 'warning'),
  builtIn('plateau', 'warning'),
]

function builtIn(on: RuleName, level: MessageLevel, metric: string | null = null): NotifyRule {
  return {
    ...{ id: `page-${on}`, on, level, metric, value: null, window: null, when: null, template: null },
    ...{ hold: { seconds: 0 }, cooldown: COOLDOWN, channels: [] },
  }
}

/**
 * All rules at work on a run: those of its configuration, the built-in ones that the configuration has no rule for, and those
 * that people wrote in the page. Every id is unique.
 */
export function alertRules(configured: readonly NotifyRule[], own: readonly NotifyRule[]): readonly NotifyRule[] {
  const rules = [...configured]
  const covered = new Set(configured.filter(({ value }) => value === null).map(({ on }) => on))
  for (const rule of BUILT_IN_ALERTS) if (!isCovered(rule.on, covered)) rules.push(rule)
  const ids = new Set(rules.map(({ id }) => id))
  for (const rule of own) {
    const id = ids.has(rule.id) ? `${rule.id} (page)` : rule.id
    if (ids.has(id)) continue
    ids.add(id)
    rules.push({ ...rule, id })
  }
  return rules
}

function isCovered(on: RuleName, covered: ReadonlySet<RuleName>): boolean {
  return covered.has(on) || (on === 'lost' && covered.has('failed'))
}
