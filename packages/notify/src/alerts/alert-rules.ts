import type { Duration, MessageLevel, NotifyRule, RuleName } from '../types.ts'

const COOLDOWN: Duration = { seconds: 900 }

/** The rules that apply to every run, with or without a configuration. Their alerts are shown on the dashboard page. */
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
 * Returns all rules that apply to a run: those in its configuration, built-in rules for subjects that the configuration does not mention,
 * and those that people created on the page. Every ID is unique.
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
