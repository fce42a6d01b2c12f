import type { CliCommand } from './command.ts'

/** A command, loaded when it is asked for, so that `hotcb set` reads no line of `hotcb watch`. */
export interface CommandLeaf {
  readonly name: string
  /** One sentence: what it does. */
  readonly summary: string
  readonly load: () => Promise<CliCommand>
  /** Other words for it. */
  readonly aliases?: readonly string[]
}

/** A word with commands below it: `opt set_params`. */
export interface CommandGroup {
  readonly name: string
  readonly summary: string
  readonly entries: readonly CommandEntry[]
}

/** A command that is known by name and refused: it is not built yet. */
export interface PlannedCommand {
  readonly name: string
  readonly planned: true
}

export type CommandEntry = CommandLeaf | CommandGroup | PlannedCommand

/** A heading of the overview, and the commands below it. */
export interface CommandSection {
  readonly title: string
  readonly entries: readonly CommandEntry[]
}

const controller = (name: 'opt' | 'loss', what: string): CommandGroup => ({
  name,
  summary: `Change the ${what}: \`set_params\`, \`enable\`, \`disable\`.`,
  entries: [
    {
      name: 'set_params',
      aliases: ['set-params', 'set'],
      summary: `Set parameters of the ${what}.`,
      load: async () => (await import('./commands/set-params.ts')).setParamsCommand(name),
    },
    {
      name: 'enable',
      summary: `Let the ${what} be changed again: one control, or all.`,
      load: async () => (await import('./commands/switch-module.ts')).switchModuleCommand(name, 'enable'),
    },
    {
      name: 'disable',
      summary: `Refuse changes to the ${what}: one control, or all.`,
      load: async () => (await import('./commands/switch-module.ts')).switchModuleCommand(name, 'disable'),
    },
  ],
})

const callbacks: CommandGroup = {
  name: 'cb',
  summary: 'Callbacks: load code into the training, swap it, switch it, look at what it costs.',
  entries: [
    {
      name: 'load',
      summary: 'Load a callback from a file or a package; or load it anew.',
      load: async () => (await import('./commands/cb-load.ts')).cbLoadCommand,
    },
    {
      name: 'enable',
      summary: 'Let a callback run.',
      load: async () => (await import('./commands/cb-switch.ts')).cbSwitchCommand('enable'),
    },
    {
      name: 'disable',
      summary: 'Stop a callback; it stays loaded.',
      load: async () => (await import('./commands/cb-switch.ts')).cbSwitchCommand('disable'),
    },
    {
      name: 'unload',
      summary: 'Close a callback and forget it.',
      load: async () => (await import('./commands/cb-switch.ts')).cbSwitchCommand('unload'),
    },
    {
      name: 'set_params',
      aliases: ['set-params', 'set'],
      summary: 'Set parameters of a callback.',
      load: async () => (await import('./commands/cb-set-params.ts')).cbSetParamsCommand,
    },
    {
      name: 'list',
      aliases: ['ls'],
      summary: 'What is loaded, whether it runs, and what it costs a step.',
      load: async () => (await import('./commands/cb-list.ts')).cbListCommand,
    },
    {
      name: 'logs',
      summary: 'What a callback logged.',
      load: async () => (await import('./commands/cb-logs.ts')).cbLogsCommand,
    },
    {
      name: 'watch',
      summary: 'Load a callback anew whenever its file changes.',
      load: async () => (await import('./commands/cb-watch.ts')).cbWatchCommand,
    },
  ],
}

const registered: CommandGroup = {
  name: 'ctl',
  summary: 'Functions that the trainer registered by path: call them, list them.',
  entries: [
    {
      name: 'call',
      summary: 'Call a registered function at the next safe point.',
      load: async () => (await import('./commands/ctl-call.ts')).ctlCallCommand,
    },
    {
      name: 'list',
      aliases: ['ls'],
      summary: 'What is registered, and how often it was called.',
      load: async () => (await import('./commands/ctl-list.ts')).ctlListCommand,
    },
  ],
}

const recipe: CommandGroup = {
  name: 'recipe',
  summary: 'The changes of a run as a plan: export it, check it, adjust it, use it again.',
  entries: [
    {
      name: 'export',
      summary: 'Make a recipe of what was changed in a run.',
      load: async () => (await import('./commands/recipe-export.ts')).recipeExportCommand,
    },
    {
      name: 'show',
      summary: 'Show a recipe as a table.',
      load: async () => (await import('./commands/recipe-show.ts')).recipeShowCommand,
    },
    {
      name: 'validate',
      summary: 'Name everything that is wrong with a recipe.',
      load: async () => (await import('./commands/recipe-validate.ts')).recipeValidateCommand,
    },
    {
      name: 'diff',
      summary: 'What makes one recipe another, by meaning.',
      load: async () => (await import('./commands/recipe-diff.ts')).recipeDiffCommand,
    },
    {
      name: 'patch-template',
      summary: 'Make an overlay to fill in.',
      load: async () => (await import('./commands/recipe-template.ts')).recipeTemplateCommand,
    },
    {
      name: 'apply',
      summary: 'Apply an overlay to a recipe.',
      load: async () => (await import('./commands/recipe-apply.ts')).recipeApplyCommand,
    },
    {
      name: 'queue',
      summary: 'Ask a run for the changes of a recipe, each at its step, beside live control.',
      load: async () => (await import('./commands/recipe-queue.ts')).recipeQueueCommand,
    },
  ],
}

const replay: CommandGroup = {
  name: 'replay',
  summary: 'What a replay would do, and the proof that it did it.',
  entries: [
    {
      name: 'preview',
      summary: 'Show what a replay would do at which step, and whether it fits a run.',
      load: async () => (await import('./commands/replay-preview.ts')).replayPreviewCommand,
    },
    {
      name: '--verify',
      aliases: ['verify'],
      summary: 'Tell whether two runs are the same to the last bit.',
      load: async () => (await import('./commands/replay-verify.ts')).replayVerifyCommand,
    },
  ],
}

const planned = (name: string): PlannedCommand => ({ name, planned: true })

/** Every command, in the order of the overview. */
export const SECTIONS: readonly CommandSection[] = [
  {
    title: 'Change a running training',
    entries: [
      {
        name: 'set',
        summary: 'Set controls by name: `lr=0.01`.',
        load: async () => (await import('./commands/set.ts')).setCommand,
      },
      {
        name: 'enable',
        summary: 'Switch a control or a callback on.',
        load: async () => (await import('./commands/switch.ts')).switchCommand('enable'),
      },
      {
        name: 'disable',
        summary: 'Switch a control or a callback off.',
        load: async () => (await import('./commands/switch.ts')).switchCommand('disable'),
      },
      controller('opt', 'optimizer'),
      controller('loss', 'loss'),
      {
        name: 'revert',
        summary: 'Undo a change.',
        load: async () => (await import('./commands/revert.ts')).revertCommand,
      },
      {
        name: 'cancel',
        summary: 'Take back a command that waits for its step.',
        load: async () => (await import('./commands/cancel.ts')).cancelCommand,
      },
      callbacks,
      registered,
      planned('tune'),
    ],
  },
  {
    title: 'Drive',
    entries: [
      {
        name: 'pause',
        summary: 'Let the training stand still, listening.',
        load: async () => (await import('./commands/pause.ts')).pauseCommand,
      },
      {
        name: 'resume',
        summary: 'End a pause.',
        load: async () => (await import('./commands/resume.ts')).resumeCommand,
      },
      {
        name: 'stop',
        summary: 'End the training.',
        load: async () => (await import('./commands/stop.ts')).stopCommand,
      },
      {
        name: 'checkpoint',
        summary: 'Save a checkpoint, go back to one, or delete one.',
        load: async () => (await import('./commands/checkpoint.ts')).checkpointCommand,
      },
    ],
  },
  {
    title: 'Look',
    entries: [
      {
        name: 'status',
        summary: 'Where the run stands: trainer, freeze, controls, last changes.',
        load: async () => (await import('./commands/status.ts')).statusCommand,
      },
      {
        name: 'log',
        summary: 'What was changed, by whom, when, and what became of it.',
        load: async () => (await import('./commands/log.ts')).logCommand,
      },
      {
        name: 'watch',
        summary: 'Watch step, metrics, controls and ledger as the training goes.',
        load: async () => (await import('./commands/watch.ts')).watchCommand,
      },
      {
        name: 'export',
        summary: 'Write what a run recorded in a form of others.',
        entries: [
          {
            name: 'metrics',
            summary: 'Metrics as CSV, JSON lines, Parquet or TensorBoard events.',
            load: async () => (await import('./commands/export-metrics.ts')).exportMetricsCommand,
          },
        ],
      },
      {
        name: 'cache',
        summary: 'What was read once and is kept.',
        entries: [
          {
            name: 'clear',
            summary: 'Forget it.',
            load: async () => (await import('./commands/cache-clear.ts')).cacheClearCommand,
          },
        ],
      },
      {
        name: 'doctor',
        summary: 'Look for what is wrong with this machine or this run.',
        load: async () => (await import('./commands/doctor.ts')).doctorCommand,
      },
    ],
  },
  {
    title: 'Protect',
    entries: [
      {
        name: 'freeze',
        summary: 'Let nothing change the run, or have a recipe replayed.',
        load: async () => (await import('./commands/freeze.ts')).freezeCommand,
      },
      {
        name: 'unfreeze',
        summary: 'Let changes pass again.',
        load: async () => (await import('./commands/unfreeze.ts')).unfreezeCommand,
      },
    ],
  },
  {
    title: 'Repeat',
    entries: [
      recipe,
      replay,
      {
        name: 'diff',
        summary: 'How two runs differ: parameters, changes, results, first divergence.',
        load: async () => (await import('./commands/diff.ts')).diffCommand,
      },
    ],
  },
  {
    title: 'Start',
    entries: [
      {
        name: 'init',
        summary: 'Make a run directory.',
        load: async () => (await import('./commands/init.ts')).initCommand,
      },
      {
        name: 'demo',
        summary: 'Train a small network on handwritten digits, to be steered.',
        load: async () => (await import('./commands/demo.ts')).demoCommand,
      },
      {
        name: 'serve',
        summary: 'Serve the dashboard: see runs and take hold of them, in a browser.',
        load: async () => (await import('./commands/serve.ts')).serveCommand,
      },
      {
        name: 'completion',
        summary: 'Print the completion script of a shell.',
        load: async () => (await import('./commands/completion.ts')).completionCommand,
      },
      planned('launch'),
      planned('bench'),
    ],
  },
]

/** All entries of the first level. */
export const ROOT: readonly CommandEntry[] = SECTIONS.flatMap((section) => section.entries)

/** True for an entry with commands below it. */
export function isGroup(entry: CommandEntry): entry is CommandGroup {
  return 'entries' in entry
}

/** True for an entry that is only known by name. */
export function isPlanned(entry: CommandEntry): entry is PlannedCommand {
  return 'planned' in entry
}

/** Entries that help pages and completion show. */
export function shownEntries(entries: readonly CommandEntry[]): readonly (CommandLeaf | CommandGroup)[] {
  return entries.flatMap((entry) => (isPlanned(entry) ? [] : [entry]))
}

/** The entry that a word names. */
export function findEntry(entries: readonly CommandEntry[], word: string): CommandEntry | undefined {
  return entries.find((entry) => entry.name === word || ('aliases' in entry && entry.aliases?.includes(word)))
}
