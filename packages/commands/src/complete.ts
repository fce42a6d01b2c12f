import type { Arg, Args } from './arg.ts'
import { type Candidate, type CompletionFacts, valuesFor } from './candidates.ts'
import { type CommandEntry, type CommandLeaf, findEntry, isGroup } from './command-tree.ts'
import { findWord, isFlag } from './find-word.ts'
import { GLOBAL_FLAGS } from './global-flags.ts'

/** The position of a word in a line. */
export interface LinePlace {
  /** The command, if it is complete. */
  readonly leaf: CommandLeaf | undefined
  /** The words of its name. */
  readonly path: readonly string[]
  /** The words that may follow, if the command is not complete yet. */
  readonly entries: readonly CommandEntry[]
  /** The words after the command. */
  readonly rest: readonly string[]
  /** The word before this one. */
  readonly previous: string
}

/** Returns the position of the word that follows the words in `before`. @param root All top-level entries. */
export function findPlace(root: readonly CommandEntry[], before: readonly string[]): LinePlace {
  const previous = before.at(-1) ?? ''
  const path: string[] = []
  let entries = root
  for (let at = findWord(before); at >= 0; at = findWord(before, at + 1)) {
    const entry = findEntry(entries, before[at] ?? '')
    if (entry === undefined) return { leaf: undefined, path, entries: [], rest: [], previous }
    path.push(entry.name)
    if (!isGroup(entry)) return { leaf: entry, path, entries: [], rest: before.slice(at + 1), previous }
    entries = entry.entries
  }
  return { leaf: undefined, path, entries, rest: [], previous }
}

/** How a line is completed. */
export interface CompleteOptions {
  /** The arguments of the command; undefined if there is none. */
  readonly args: Args | undefined
  /** The flags that every command has. */
  readonly globals?: Args
}

/**
 * Returns all possible words at a position in a line, whatever part of the word has already been typed.
 *
 * @param typed The typed part of the word; for a flag with a value, only the value.
 */
export function candidatesAt(
  place: LinePlace,
  typed: string,
  { args = {}, globals = GLOBAL_FLAGS }: CompleteOptions,
  facts: CompletionFacts,
): readonly Candidate[] {
  const flags = { ...args, ...globals }
  const equals = typed.startsWith('--') ? typed.indexOf('=') : -1
  if (equals > 0) {
    const head = typed.slice(0, equals + 1)
    const arg = flagNamed(head.slice(2, -1), flags)
    const values = arg === undefined || arg.type === 'boolean' ? [] : valuesFor(arg, typed.slice(equals + 1), facts)
    return values.map(({ word, means }) => ({ word: head + word, means }))
  }
  const waiting = takesNext(place.previous, flags)
  if (waiting !== undefined) return valuesFor(waiting, typed, facts)
  if (typed.startsWith('-')) return flagWords(flags)
  if (place.leaf === undefined) {
    return place.entries.map(({ name, summary }) => ({ word: name, means: summary.replaceAll('`', '') }))
  }
  const arg = positionalAt(args, place.rest, flags)
  return arg === undefined ? [] : valuesFor(arg, typed, facts)
}

/** Returns the flag, if a word is a flag whose value is the next word. */
function takesNext(word: string, flags: Args): Arg | undefined {
  if (!isFlag(word) || word.includes('=')) return undefined
  const arg = flagNamed(word.replace(/^-+/, ''), flags)
  return arg === undefined || arg.type === 'boolean' || arg.bare !== undefined ? undefined : arg
}

function flagNamed(name: string, flags: Args): Arg | undefined {
  const [, found] =
    Object.entries(flags).find(([long, arg]) => arg.type !== 'positional' && (long === name || arg.alias === name)) ??
    []
  return found
}

/** Returns the positional argument that comes after the words typed so far. */
function positionalAt(args: Args, rest: readonly string[], flags: Args): Arg | undefined {
  const typed = rest.filter((word, i) => !isFlag(word) && takesNext(rest[i - 1] ?? '', flags) === undefined).length
  const all = Object.values(args).filter((arg) => arg.type === 'positional')
  const last = all.at(-1)
  return all[typed] ?? (last?.variadic === true ? last : undefined)
}

function flagWords(flags: Args): readonly Candidate[] {
  const shown = Object.entries(flags).filter(([, arg]) => arg.type !== 'positional' && arg.hidden !== true)
  return shown.flatMap(([name, arg]) => {
    if (name === 'color') return [{ word: '--no-color', means: 'plain text' }]
    const words = [{ word: `--${name}`, means: (arg.description ?? '').replaceAll('`', '') }]
    return arg.negatable === true ? [...words, { word: `--no-${name}`, means: 'do not' }] : words
  })
}
