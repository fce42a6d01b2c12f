import { BUILT_IN_MODULES, type ModuleDescriptor, type ModuleTable, type OpDescriptor } from '@hotcb/protocol'
import { TERMINAL_SECTIONS, TERMINAL_WORDS } from './terminal-words.ts'
import type { Verb } from './verb.ts'
import { FREEZE, UNFREEZE } from './verb-freeze.ts'
import { verbOfOp } from './verb-of-op.ts'
import { verbSet } from './verb-set.ts'
import { verbSwitch } from './verb-switch.ts'

/** One command. */
export interface CommandLeaf {
  readonly name: string
  /** One sentence that states what the command does. */
  readonly summary: string
  /** Other names for it. */
  readonly aliases?: readonly string[]
  /** How the command is parsed. Absent for a command that exists only in a terminal, such as `log`. */
  readonly verb?: () => Verb
}

/** A group with subcommands: `opt set_params`. */
export interface CommandGroup {
  readonly name: string
  readonly summary: string
  readonly entries: readonly CommandEntry[]
}

export type CommandEntry = CommandLeaf | CommandGroup

/** A heading in the overview, with its commands. */
export interface CommandSection {
  readonly title: string
  readonly entries: readonly CommandEntry[]
}

/**
 * Returns every command, in the order of the overview: those from the modules in a table, and those that exist only in
 * a terminal.
 */
export function createCommandTree(table: ModuleTable): readonly CommandSection[] {
  const [core, groups] = wordsOf(BUILT_IN_MODULES, table)
  const pick = (...names: readonly string[]): readonly CommandEntry[] => core.filter(({ name }) => names.includes(name))
  const change: CommandSection = {
    title: 'Change a running training run',
    entries: [
      { name: 'set', summary: 'Set controls by name: `lr=0.01`.', verb: () => verbSet(table) },
      { name: 'enable', summary: 'Enable a control or a callback.', verb: () => verbSwitch('enable', table) },
      { name: 'disable', summary: 'Disable a control or a callback.', verb: () => verbSwitch('disable', table) },
      ...groups,
      ...pick('revert', 'cancel'),
    ],
  }
  const drive = { title: 'Drive', entries: pick('pause', 'resume', 'stop', 'checkpoint') }
  const protect: CommandSection = {
    title: 'Protect',
    entries: [
      { name: 'freeze', summary: 'Block all changes to the run, or replay a recipe.', verb: () => FREEZE },
      { name: 'unfreeze', summary: 'Allow changes again.', verb: () => UNFREEZE },
    ],
  }
  const known = [change, drive, TERMINAL_SECTIONS.look, protect, TERMINAL_SECTIONS.repeat, TERMINAL_SECTIONS.start]
  const own = ownWords(known, table)
  return own.length === 0 ? known : [change, { title: 'Specific to this run', entries: own }, ...known.slice(1)]
}

type Words = readonly [topLevel: readonly CommandLeaf[], groups: readonly CommandGroup[]]

function wordsOf(modules: readonly ModuleDescriptor[], table: ModuleTable): Words {
  const [inFront, grouped] = [modules.filter(isTopLevel), modules.filter((module) => !isTopLevel(module))]
  return [inFront.flatMap((module) => leavesOf(module, table)), grouped.map((module) => groupOf(module, table))]
}

// Returns the modules' top-level commands, except for names that are already commands.
function ownWords(known: readonly CommandSection[], table: ModuleTable): readonly CommandEntry[] {
  const entries = known.flatMap((section) => section.entries)
  const others = table.modules.filter((module) => !BUILT_IN_MODULES.includes(module))
  const [inFront, groups] = wordsOf(others, table)
  return [...inFront, ...groups].filter(({ name }) => findEntry(entries, name) === undefined)
}

function isTopLevel(module: ModuleDescriptor): boolean {
  return module.isTopLevel === true
}

function groupOf(module: ModuleDescriptor, table: ModuleTable): CommandGroup {
  const { name, summary } = module
  const terminal = Object.hasOwn(TERMINAL_WORDS, name) ? TERMINAL_WORDS[name] : undefined
  return { name, summary, entries: [...leavesOf(module, table), ...(terminal ?? [])] }
}

function leavesOf(module: ModuleDescriptor, table: ModuleTable): readonly CommandLeaf[] {
  return module.ops.filter(({ isHidden }) => isHidden !== true).map((op) => leafOf(module, op, table))
}

function leafOf(module: ModuleDescriptor, op: OpDescriptor, table: ModuleTable): CommandLeaf {
  const words = isTopLevel(module) ? op.op : `${module.name} ${op.op}`
  return {
    name: op.op,
    summary: op.summary,
    ...(op.aliases !== undefined && { aliases: op.aliases }),
    verb: () => verbOfOp({ module, op, words }, table),
  }
}

/** Whether an entry has subcommands. */
export function isGroup(entry: CommandEntry): entry is CommandGroup {
  return 'entries' in entry
}

/** Returns the entry with a name or an alias. */
export function findEntry(entries: readonly CommandEntry[], word: string): CommandEntry | undefined {
  return entries.find((entry) => entry.name === word || ('aliases' in entry && entry.aliases?.includes(word)))
}
