import { type CommandSection, type CompletionFacts, createCommandTree } from '@hotcb/commands'
import { BUILT_IN_TABLE, createModuleTable, type Json, type ModuleTable, readModules } from '@hotcb/protocol'
import { formatValue } from '../../shared/describe.ts'
import type { RunDetail } from '../../shared/wire.ts'

/** The commands of a run, and the table of its modules. */
export interface RunWords {
  readonly table: ModuleTable
  readonly sections: readonly CommandSection[]
}

const BUILT_IN: RunWords = { table: BUILT_IN_TABLE, sections: createCommandTree(BUILT_IN_TABLE) }

/** Returns the built-in commands, and those from the run's own modules. */
export function wordsOf(descriptors: readonly Json[]): RunWords {
  const own = readModules(descriptors)
  if (own.length === 0) return BUILT_IN
  const table = createModuleTable(own)
  return { table, sections: createCommandTree(table) }
}

/** Returns the facts about a run that are needed to complete and check a command line. */
export function factsOf(detail: RunDetail | undefined, table: ModuleTable): CompletionFacts {
  return {
    table,
    controls: detail?.controls ?? [],
    // Other kernels do not describe their modules in the state document.
    modules: detail?.answers === true ? detail.state?.modules : undefined,
    held: detail?.state?.held ?? [],
    tags: detail?.checkpoints.map(({ tag }) => tag) ?? [],
    meaningOf: ({ label, current }) => `${label}, now ${formatValue(current)}`,
  }
}
