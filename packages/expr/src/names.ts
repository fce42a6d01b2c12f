import type { Dialect, FoundName, NameFinder } from './types.ts'

/**
 * Known names. They can also be found by the form that an expression uses for them without backquotes. The set grows
 * when a run reports new metrics.
 */
export interface Names extends NameFinder {
  add(name: string): void
  all(): Iterable<string>
}

/**
 * Creates the set of known names. In a rule, `val_loss` finds `val/loss`, `val.loss` or `val-loss`; in a sweep, `depth`
 * finds `+depth` and `~depth`. An exact match always takes precedence.
 */
export function createNames(dialect: Dialect, known: Iterable<string> = []): Names {
  const bare = dialect === 'rule' ? withUnderscores : withoutPrefix
  const byBare = new Map<string, string[]>()
  const all = new Set<string>()
  const names: Names = {
    add(name) {
      if (all.has(name)) return
      all.add(name)
      const key = bare(name)
      byBare.set(key, [...(byBare.get(key) ?? []), name])
    },
    all: () => all,
    find(name, quoted): FoundName | undefined {
      if (all.has(name)) return { real: name }
      const [only, ...more] = quoted ? [] : (byBare.get(name) ?? [])
      if (only === undefined) return undefined
      return more.length === 0 ? { real: only } : { many: [only, ...more] }
    },
  }
  for (const name of known) names.add(name)
  return names
}

function withUnderscores(name: string): string {
  return name.replace(/[/.-]/g, '_')
}

function withoutPrefix(name: string): string {
  return name.replace(/^\+*~*/, '')
}
