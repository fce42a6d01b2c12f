import { type CommandSection, createCommandTree, type FoundCommand, findCommand, isCommandError } from '@hotcb/commands'
import { BUILT_IN_TABLE, type ModuleTable } from '@hotcb/protocol'
import { isRunDirectory } from '@hotcb/run/node'
import { moduleTable, type Run, runAt } from '../run.ts'
import { livingRunsBelow } from './living-runs.ts'

/** The commands that there are for a run, and the table of its modules. */
export interface CommandWords {
  readonly table: ModuleTable
  readonly sections: readonly CommandSection[]
}

/** Those of every hotcb. */
export const BUILT_IN_WORDS: CommandWords = { table: BUILT_IN_TABLE, sections: createCommandTree(BUILT_IN_TABLE) }

/** The same with those of the run's own modules, which its kernel describes in `hotcb.actuators.json`. */
export function wordsOfRun(run: Run): CommandWords {
  const table = moduleTable(run)
  return table === BUILT_IN_TABLE ? BUILT_IN_WORDS : { table, sections: createCommandTree(table) }
}

/** The run that an argument list names, which need not be one; else the one that a command without `--dir` is about. */
export function runNamed(argv: readonly string[]): Run {
  const end = argv.indexOf('--')
  const flags = end < 0 ? argv : argv.slice(0, end)
  const joined = flags.find((word) => word.startsWith('--dir='))?.slice('--dir='.length)
  const apart = flags.findIndex((word) => word === '--dir' || word === '-d')
  const typed = joined ?? (apart >= 0 ? flags[apart + 1] : undefined)
  return runAt(typed ?? (process.env['HOTCB_DIR'] || onlyLivingRun()))
}

function onlyLivingRun(): string {
  const living = isRunDirectory('.') ? [] : livingRunsBelow('.')
  return living.length === 1 && living[0] !== undefined ? living[0] : '.'
}

/**
 * Finds the command in an argument list, among those of the run that it names.
 *
 * @throws CommandError `usage` for an unknown word.
 */
export function findTyped(argv: readonly string[]): FoundCommand {
  try {
    return findCommand(rootOf(BUILT_IN_WORDS), argv)
  } catch (error) {
    // Only a word that no hotcb knows makes it look at the run.
    const words = isCommandError(error) ? wordsOfRun(runNamed(argv)) : BUILT_IN_WORDS
    if (words === BUILT_IN_WORDS) throw error
    return findCommand(rootOf(words), argv)
  }
}

/** All entries of the first level. */
export function rootOf({ sections }: CommandWords): CommandSection['entries'] {
  return sections.flatMap(({ entries }) => entries)
}
