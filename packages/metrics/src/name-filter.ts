import { selectNames } from '@hotcb/protocol'

/** Which metric names are wanted: names and patterns, as `selectNames` of `@hotcb/protocol` reads them. */
export interface NameFilterOptions {
  /** Names to keep. @defaultValue all */
  readonly allow?: readonly string[] | undefined
  /** Names to leave out; stronger than `allow`. @defaultValue none */
  readonly deny?: readonly string[] | undefined
}

/**
 * A predicate for names.
 *
 * @throws RangeError for a pattern that cannot be read.
 */
export function createNameFilter(options: NameFilterOptions): (name: string) => boolean {
  const allowed = options.allow === undefined ? undefined : createMatcher(options.allow, 'allow')
  const denied = createMatcher(options.deny ?? [], 'deny')
  return (name) => !denied(name) && (allowed === undefined || allowed(name))
}

function createMatcher(patterns: readonly string[], option: string): (name: string) => boolean {
  const read = selectNames(option, patterns)
  if (!read.ok) throw new RangeError(read.reason)
  return read.value
}
