import { selectNames } from '@hotcb/protocol'

/** Selects metrics by names and patterns, in the syntax of `selectNames` from `@hotcb/protocol`. */
export interface NameFilterOptions {
  /** Names to keep. @defaultValue all */
  readonly allow?: readonly string[] | undefined
  /** Names to leave out; takes precedence over `allow`. @defaultValue none */
  readonly deny?: readonly string[] | undefined
}

/**
 * Returns a predicate that tests names.
 *
 * @throws RangeError for an invalid pattern.
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
