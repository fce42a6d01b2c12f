import type { CommandLeaf } from '@hotcb/commands'
import { verbCommand } from '../commands/ask/verb-command.ts'
import type { CliCommand } from './command.ts'
import { TERMINAL_COMMANDS } from './terminal-commands.ts'

/** Loads the command for a leaf in the tree. @param path The words of its name. */
export async function loadCommand(path: readonly string[], leaf: CommandLeaf): Promise<CliCommand> {
  if (leaf.verb !== undefined) return verbCommand(leaf.verb())
  const load = TERMINAL_COMMANDS[path.join(' ')]
  // A test checks that the tree and the table of loaders agree.
  if (load === undefined) throw new TypeError(`no loader for \`hotcb ${path.join(' ')}\``)
  return load()
}
