import type { ModuleTable } from '@hotcb/protocol'
import { usageError } from './command-error.ts'
import { createCommandTree } from './command-tree.ts'
import type { CommandsRequest } from './draft.ts'
import { findCommand } from './find-command.ts'
import { readArguments } from './read-arguments.ts'
import type { TypingFacts } from './run-facts.ts'

/**
 * Reads the words of `hotcb set`, such as `lr=x0.5` and `--note=TEXT`, for a program that sends the commands to a run
 * itself.
 *
 * @throws CommandError, as the command line does for the same words.
 */
export function readSet(words: readonly string[], table: ModuleTable, facts: TypingFacts): CommandsRequest {
  const entries = createCommandTree(table).flatMap((section) => section.entries)
  const verb = findCommand(entries, ['set']).leaf?.verb?.()
  const asked = verb?.ask(readArguments(verb.args, words).values, facts)
  if (asked?.kind !== 'commands') throw usageError('`set` sends nothing here')
  return asked
}
