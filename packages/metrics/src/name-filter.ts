/** Which metric names are wanted: exact names, or prefixes written `train/*`; `*` alone is every name. */
export interface NameFilterOptions {
  /** Names to keep. @defaultValue all */
  readonly allow?: readonly string[] | undefined
  /** Names to leave out; stronger than `allow`. @defaultValue none */
  readonly deny?: readonly string[] | undefined
}

/**
 * A predicate for names.
 *
 * @throws RangeError for a pattern with a `*` that is not its last character.
 */
export function createNameFilter(options: NameFilterOptions): (name: string) => boolean {
  const allowed = options.allow === undefined ? undefined : createMatcher(options.allow, 'allow')
  const denied = createMatcher(options.deny ?? [], 'deny')
  return (name) => !denied(name) && (allowed === undefined || allowed(name))
}

function createMatcher(patterns: readonly string[], option: string): (name: string) => boolean {
  const exact = new Set<string>()
  const prefixes: string[] = []
  for (const pattern of patterns) {
    const star = pattern.indexOf('*')
    if (star === -1) exact.add(pattern)
    else if (star === pattern.length - 1) prefixes.push(pattern.slice(0, -1))
    else throw new RangeError(`\`${option}\` takes names and prefixes such as \`train/*\`, got \`${pattern}\``)
  }
  return (name) => exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix))
}
