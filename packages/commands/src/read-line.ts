import { ok, type Result, refused } from '@hotcb/protocol'
import { isCommandError, refusal, usageError } from './command-error.ts'
import type { CommandSection } from './command-tree.ts'
import type { TypedRequest } from './draft.ts'
import { findCommand, incompleteCommandError } from './find-command.ts'
import type { Globals } from './global-flags.ts'
import { readArguments } from './read-arguments.ts'
import type { TypingFacts } from './run-facts.ts'
import { splitLine } from './split-line.ts'

/**
 * Reads a line that was typed into a page about one run. It has the syntax of the command line, with or without `hotcb`
 * in front. The result is the same as for these words on the command line: commands, or an error.
 *
 * @param sections The available commands, from `createCommandTree`.
 */
export function readLine(line: string, sections: readonly CommandSection[], facts: TypingFacts): Result<TypedRequest> {
  try {
    return ok(read(wordsOf(line), sections, facts))
  } catch (error) {
    if (!isCommandError(error)) throw error
    return refused(error.hint === undefined ? error.message : `${error.message}; ${error.hint}`)
  }
}

function wordsOf(line: string): readonly string[] {
  const words = splitLine(line)
  const open = words.find((word) => word.open !== undefined)?.open
  if (open !== undefined) throw usageError(`\`${open}\` is not closed`)
  const texts = words.map(({ text }) => text)
  return texts[0] === 'hotcb' ? texts.slice(1) : texts
}

function read(words: readonly string[], sections: readonly CommandSection[], facts: TypingFacts): TypedRequest {
  const root = sections.flatMap(({ entries }) => entries)
  const found = findCommand(root, words)
  if (found.leaf === undefined) {
    refuseGlobals(readArguments({}, found.tokens).globals)
    throw incompleteCommandError(found)
  }
  const verb = found.leaf.verb?.()
  if (verb === undefined) throw refusal(`\`hotcb ${found.path.join(' ')}\` is available only in a terminal`)
  const { values, globals } = readArguments(verb.args, found.tokens)
  refuseGlobals(globals)
  return verb.ask(values, facts)
}

// Rejects global flags. With `--dir` in particular, the command would go to a run other than the one that the flag
// names.
function refuseGlobals(globals: Globals): void {
  const [name] = Object.keys(globals)
  if (name === 'dir') throw refusal('`--dir` works only in a terminal: a line here is for the run that is shown')
  if (name !== undefined) throw refusal(`\`--${name}\` works only in a terminal`)
}
