import type { CommandLeaf } from '@hotcb/commands'
import { verbCommand } from '../commands/ask/verb-command.ts'
import type { CliCommand } from './command.ts'
import { TERMINAL_COMMANDS } from './terminal-commands.ts'

/** The command that a leaf of the tree names. @param path The words of its name. */
export async function loadCommand(path: readonly string[], leaf: CommandLeaf): Promise<CliCommand> {
  if (leaf.verb !== undefined) return verbCommand(leaf.verb())
  const load = TERMINAL_COMMANDS[path.join(' ')]
  // A test holds the tree and the table of loaders together.
  if (load === undefined) throw new TypeError(`nothing loads \`hotcb ${path.join(' ')}\``)
  return load()
}
