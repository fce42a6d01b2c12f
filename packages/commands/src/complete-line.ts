import type { CompletionFacts } from './candidates.ts'
import { type CommandEntry, type CommandSection, isGroup } from './command-tree.ts'
import { candidatesAt, findPlace } from './complete.ts'
import { splitLine } from './split-line.ts'

/** One possible continuation of a line. */
export interface LineCompletion {
  /** The whole resulting line. */
  readonly line: string
  readonly word: string
  readonly means: string
}

/**
 * Returns completions for the last word of a line on a page, best first: words that begin with it, then words that
 * contain it. Commands and flags that exist only in a terminal are left out.
 *
 * @param limit The maximum number. Default 12.
 */
export function completeLine(
  line: string,
  sections: readonly CommandSection[],
  facts: CompletionFacts,
  limit = 12,
): readonly LineCompletion[] {
  const words = splitLine(line)
  const isOpen = words.length > 0 && words.at(-1)?.end === line.length
  const last = isOpen ? words.at(-1) : undefined
  const typed = last?.text ?? ''
  const before = (isOpen ? words.slice(0, -1) : words).map(({ text }) => text)
  const root = sections.flatMap(({ entries }) => entries).flatMap(forPages)
  const place = findPlace(root, before[0] === 'hotcb' ? before.slice(1) : before)
  const { wait: _, ...args } = place.leaf?.verb?.().args ?? {}
  const found = candidatesAt(place, typed, { args, globals: {} }, facts)
  const start = typed.toLowerCase()
  const head = line.slice(0, last?.start ?? line.length)
  return [
    ...found.filter(({ word }) => word.toLowerCase().startsWith(start)),
    ...found.filter(({ word }) => word.toLowerCase().indexOf(start) > 0),
  ]
    .slice(0, limit)
    .map(({ word, means }) => ({ line: head + asTyped(word), word, means }))
}

// A word that must be continued, such as `lr=`, has no space after it.
function asTyped(word: string): string {
  const text = quoteWord(word)
  return word.endsWith('=') ? text : `${text} `
}

/** Formats a word for a line, in quotes if {@link splitLine} would split or change it. */
export function quoteWord(word: string): string {
  const isPlain = word !== '' && !/[\s"'\\]/.test(word) && !/(^|=)[[{]/.test(word)
  return isPlain ? word : `"${word.replaceAll(/["\\]/g, '\\$&')}"`
}

/** Returns the part of an entry that is available on a page: the commands that go to a trainer. */
function forPages(entry: CommandEntry): readonly CommandEntry[] {
  if (!isGroup(entry)) return entry.verb === undefined ? [] : [entry]
  const entries = entry.entries.flatMap(forPages)
  return entries.length === 0 ? [] : [{ ...entry, entries }]
}
