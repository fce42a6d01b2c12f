import type { CliCommand } from './command.ts'

/** The commands that only a terminal has, each loaded when it is asked for, so that `hotcb set` reads no line of `hotcb watch`. */
export const TERMINAL_COMMANDS: Readonly<Record<string, () => Promise<CliCommand>>> = {
  'cb list': async () => (await import('../commands/cb/list.ts')).cbListCommand,
  'cb logs': async () => (await import('../commands/cb/logs.ts')).cbLogsCommand,
  'cb watch': async () => (await import('../commands/cb/watch.ts')).cbWatchCommand,
  'ctl list': async () => (await import('../commands/ctl/list.ts')).ctlListCommand,
  status: async () => (await import('../commands/look/status.ts')).statusCommand,
  log: async () => (await import('../commands/look/log.ts')).logCommand,
  watch: async () => (await import('../commands/look/watch.ts')).watchCommand,
  'export metrics': async () => (await import('../commands/look/export-metrics.ts')).exportMetricsCommand,
  'cache clear': async () => (await import('../commands/look/cache-clear.ts')).cacheClearCommand,
  doctor: async () => (await import('../commands/look/doctor.ts')).doctorCommand,
  'recipe export': async () => (await import('../commands/recipe/export.ts')).recipeExportCommand,
  'recipe show': async () => (await import('../commands/recipe/show.ts')).recipeShowCommand,
  'recipe validate': async () => (await import('../commands/recipe/validate.ts')).recipeValidateCommand,
  'recipe diff': async () => (await import('../commands/recipe/diff.ts')).recipeDiffCommand,
  'recipe patch-template': async () => (await import('../commands/recipe/template.ts')).recipeTemplateCommand,
  'recipe apply': async () => (await import('../commands/recipe/apply.ts')).recipeApplyCommand,
  'recipe queue': async () => (await import('../commands/recipe/queue.ts')).recipeQueueCommand,
  'replay preview': async () => (await import('../commands/replay/preview.ts')).replayPreviewCommand,
  'replay --verify': async () => (await import('../commands/replay/verify.ts')).replayVerifyCommand,
  diff: async () => (await import('../commands/replay/diff.ts')).diffCommand,
  init: async () => (await import('../commands/start/init.ts')).initCommand,
  demo: async () => (await import('../commands/start/demo.ts')).demoCommand,
  serve: async () => (await import('../commands/start/serve.ts')).serveCommand,
  completion: async () => (await import('../commands/start/completion.ts')).completionCommand,
}
