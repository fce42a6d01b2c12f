import type { Dialect, FoundName, NameFinder } from './types.ts'

/** Known names, found also by the way in which a bare name writes them. It grows while a run brings new metrics. */
export interface Names extends NameFinder {
  add(name: string): void
  all(): Iterable<string>
}

/**
 * Knows names as expressions write them: in a rule `val_loss` finds `val/loss`, `val.loss` or `val-loss`, in a sweep `depth`
 * finds `+depth` and `~depth`. A name that is written exactly so always wins.
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
