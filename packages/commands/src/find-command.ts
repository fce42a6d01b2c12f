import { nearest, show } from '@hotcb/protocol'
import { usageError } from './command-error.ts'
import { type CommandEntry, type CommandLeaf, findEntry, isGroup } from './command-tree.ts'
import { findWord, isFlag } from './find-word.ts'
import { GLOBAL_FLAGS } from './global-flags.ts'

/** The typed command, and the rest of the line. */
export interface FoundCommand {
  /** The words of its name, such as `['opt', 'set_params']`; empty if none was typed. */
  readonly path: readonly string[]
  /** Undefined if the words name a group of commands, or nothing. */
  readonly leaf: CommandLeaf | undefined
  /** Subcommands of the group that the words name. */
  readonly entries: readonly CommandEntry[]
  /** All words except those of its name. */
  readonly tokens: readonly string[]
}

/**
 * Finds the command in an argument list. Global flags may be anywhere: before, between or after its words.
 *
 * @param root All top-level entries.
 * @throws CommandError `usage` for an unknown word; the message suggests the nearest known ones.
 */
export function findCommand(root: readonly CommandEntry[], argv: readonly string[]): FoundCommand {
  let entries = root
  let tokens = [...argv]
  const path: string[] = []
  for (let from = 0; ; ) {
    const at = findFlagWord(tokens, entries) ?? findWord(tokens, from)
    const word = tokens[at]
    if (word === undefined) return { path, leaf: undefined, entries, tokens }
    const entry = findEntry(entries, word)
    if (entry === undefined) throw unknownFlagBefore(tokens.slice(0, at)) ?? unknownCommand(path, word, entries)
    tokens = [...tokens.slice(0, at), ...tokens.slice(at + 1)]
    path.push(entry.name)
    if (!isGroup(entry)) return longerName(entries, { path, leaf: entry, entries, tokens }, at)
    entries = entry.entries
    from = at
  }
}

// The name of a terminal command may begin with the name of another command: `checkpoint list` is not `checkpoint`.
function longerName(entries: readonly CommandEntry[], found: FoundCommand, from: number): FoundCommand {
  const at = findWord(found.tokens, from)
  // After a flag, the word may be the value of that flag.
  const isNext = found.tokens
    .slice(from, at)
    .every((token) => !isFlag(token) || /^(-d$|--(dir|json|no-color))/.test(token))
  const entry = at < 0 || !isNext ? undefined : findEntry(entries, `${found.path.join(' ')} ${found.tokens[at]}`)
  if (entry === undefined || isGroup(entry)) return found
  return { path: entry.name.split(' '), leaf: entry, entries, tokens: found.tokens.filter((_, i) => i !== at) }
}

// Reports an unknown flag first, because the word after it may be its value, not an unknown command.
function unknownFlagBefore(before: readonly string[]): Error | undefined {
  const last = before.at(-1) ?? ''
  if (!isFlag(last) || last.includes('=')) return undefined
  const name = last.replace(/^--?/, '')
  if (Object.entries(GLOBAL_FLAGS).some(([long, { alias }]) => [long, `no-${long}`, alias].includes(name)))
    return undefined
  const near = nearest(name, Object.keys(GLOBAL_FLAGS), 1)
  const hint = near.length > 0 ? `did you mean \`--${near[0]}\`?` : 'flags of a command come after its name'
  return usageError(`unknown flag \`${last}\` before the command: ${hint}`)
}

/** Creates the {@link CommandError} for words that name a group of commands, or nothing, instead of a command. */
export function incompleteCommandError({ path, entries }: FoundCommand): Error {
  const names = entries.map((entry) => entry.name).join(', ')
  return usageError(`\`${['hotcb', ...path].join(' ')}\` needs one of ${names}`)
}

// A command may have the name of a flag: `replay --verify`.
function findFlagWord(tokens: readonly string[], entries: readonly CommandEntry[]): number | undefined {
  const names = entries.map(({ name }) => name).filter((name) => name.startsWith('--'))
  const at = names.length === 0 ? -1 : tokens.findIndex((token) => names.includes(token))
  return at < 0 ? undefined : at
}

function unknownCommand(path: readonly string[], word: string, entries: readonly CommandEntry[]): Error {
  const names = entries.map((entry) => entry.name)
  const typed = ['hotcb', ...path].join(' ')
  // If the word is an assignment, `set` was probably forgotten.
  if (path.length === 0 && /^[\w.]+=/.test(word)) {
    return usageError(`unknown command ${show(word)}: did you mean \`hotcb set ${word}\`?`)
  }
  // Aliases are searched only if no name is similar.
  const byName = nearest(word, names)
  const near = byName.length > 0 ? byName : nearest(word, entries.flatMap(aliasesOfEntry))
  const hint =
    near.length > 0
      ? `did you mean ${near.map((name) => `\`${typed} ${name}\``).join(' or ')}?`
      : path.length > 0
        ? `\`${typed}\` has ${names.join(', ')}`
        : 'see `hotcb --help`'
  return usageError(`unknown command ${show([...path, word].join(' '))}: ${hint}`, undefined, {
    kind: 'unknown',
    facts: { command: [...path, word].join(' '), near: near.map((name) => [...path, name].join(' ')) },
  })
}

function aliasesOfEntry(entry: CommandEntry): readonly string[] {
  return 'aliases' in entry ? (entry.aliases ?? []) : []
}
