import { type CommandSection, createCommandTree, type FoundCommand, findCommand, isCommandError } from '@hotcb/commands'
import { BUILT_IN_TABLE, type ModuleTable } from '@hotcb/protocol'
import { isRunDirectory } from '@hotcb/run/node'
import { moduleTable, openRunDirectory, type Run } from '../run.ts'
import { livingRunsBelow } from './living-runs.ts'

/** A run's commands and its module table. */
export interface CommandWords {
  readonly table: ModuleTable
  readonly sections: readonly CommandSection[]
}

/** The built-in commands. */
export const BUILT_IN_WORDS: CommandWords = { table: BUILT_IN_TABLE, sections: createCommandTree(BUILT_IN_TABLE) }

/** Returns the built-in commands and those from the run's custom modules, which its kernel describes in `hotcb.actuators.json`. */
export function wordsOfRun(run: Run): CommandWords {
  const table = moduleTable(run)
  return table === BUILT_IN_TABLE ? BUILT_IN_WORDS : { table, sections: createCommandTree(table) }
}

/**
 * Returns the run in the directory named in an argument list, which may not be a run, or else the default run for a command without
 * `--dir`.
 */
export function runNamed(argv: readonly string[]): Run {
  const end = argv.indexOf('--')
  const flags = end < 0 ? argv : argv.slice(0, end)
  const joined = flags.find((word) => word.startsWith('--dir='))?.slice('--dir='.length)
  const apart = flags.findIndex((word) => word === '--dir' || word === '-d')
  const typed = joined ?? (apart >= 0 ? flags[apart + 1] : undefined)
  return openRunDirectory(typed ?? (process.env['HOTCB_DIR'] || onlyLivingRun()))
}

function onlyLivingRun(): string {
  const living = isRunDirectory('.') ? [] : livingRunsBelow('.')
  return living.length === 1 && living[0] !== undefined ? living[0] : '.'
}

/**
 * Finds the command in an argument list, among the commands of the run that the list names.
 *
 * @throws CommandError `usage` for an unknown word.
 */
export function findTyped(argv: readonly string[]): FoundCommand {
  try {
    return findCommand(rootOf(BUILT_IN_WORDS), argv)
  } catch (error) {
    // The run is read only for a word that is not a built-in command.
    const words = isCommandError(error) ? wordsOfRun(runNamed(argv)) : BUILT_IN_WORDS
    if (words === BUILT_IN_WORDS) throw error
    return findCommand(rootOf(words), argv)
  }
}

/** Returns all first-level entries. */
export function rootOf({ sections }: CommandWords): CommandSection['entries'] {
  return sections.flatMap(({ entries }) => entries)
}
