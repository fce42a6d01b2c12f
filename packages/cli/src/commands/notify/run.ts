import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { refusal } from '@hotcb/commands'
import { type Fleet, isNotifyError, openFleet, openNotifier } from '@hotcb/notify/node'
import { isRunError } from '@hotcb/run'
import { findRunsBelow } from '@hotcb/run/node'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { openRun } from '../../run.ts'
import { ABOUT_CONFIG, CONFIG_FLAG, portsOf, refusalOfAll, requireConfig } from './notify-config.ts'

/** `hotcb notify run`. */
export const notifyRunCommand: CliCommand = cliCommand({
  args: {
    root: {
      type: 'string',
      repeats: true,
      valueHint: 'DIR',
      completes: { kind: 'directories' },
      description: 'Watch all runs below DIR that have a live trainer, including those that start later.',
    },
    config: CONFIG_FLAG,
    'take-over': { type: 'boolean', description: 'Take over the run from another notifier that is watching it.' },
    attached: {
      type: 'boolean',
      hidden: true,
      description:
        'Record the alerts of all runs, including those without a configuration, and exit when standard input is closed.',
    },
  },
  about: [
    'Watches one run, or several with `--root`, and sends messages according to the rules: when a condition becomes true, repeatedly while it remains true, and when it becomes false. The notifier sends nothing about what happened before it started. `hotcb serve` also starts a notifier.',
    ABOUT_CONFIG,
    'Only one notifier can watch a run at a time. Each message is recorded in `hotcb.notify.jsonl` before and after it is sent, so a restarted notifier never sends a message twice.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 notify run', does: 'watch one run until Ctrl-C is pressed' },
    { type: 'hotcb notify run --root runs', does: 'watch all runs below a directory' },
  ],
  async run(args, context) {
    const roots = (args.root ?? '').split(',').filter((path) => path !== '')
    const isAttached = args.attached === true
    try {
      if (roots.length > 0) return await watchAll(context, roots, args.config, isAttached)
      return await watchOne(context, args.config, args['take-over'] === true)
    } catch (error) {
      throw told(error, context)
    }
  },
})

async function watchOne(context: CliContext, path: string | undefined, takeOver: boolean): Promise<ExitCode> {
  const { dir } = openRun(context.dir)
  const { config, path: file } = requireConfig(context, path)
  const notifier = await openNotifier({ config, ports: portsOf(context), dirs: [dir], takeOver })
  // This comes before any output, because a reader may send the interrupt after the first line.
  const interrupt = interrupted(false)
  if (context.json) context.terminal.json({ watching: [dir], config: file })
  else context.terminal.err(`watching ${dir} with the rules in ${file}; press Ctrl-C to stop`)
  const isInterrupted = await Promise.race([interrupt, notifier.ended.then(() => false)])
  await notifier.close()
  return isInterrupted ? EXIT.interrupted : EXIT.refused
}

async function watchAll(
  context: CliContext,
  roots: readonly string[],
  path: string | undefined,
  isAttached: boolean,
): Promise<ExitCode> {
  for (const root of roots) {
    if (statSync(root, { throwIfNoEntry: false })?.isDirectory() === true) continue
    throw refusal(`\`--root\` must be a directory, but \`${root}\` is not one`)
  }
  if (path !== undefined) requireConfig(context, path)
  const findDirs = (): readonly string[] => roots.flatMap((root) => findRunsBelow(resolve(root)).dirs)
  const fleet: Fleet = openFleet({ findDirs, ports: portsOf(context), config: path, alertsAlways: isAttached })
  const interrupt = interrupted(isAttached)
  if (context.json) context.terminal.json({ watching: roots, config: path ?? null })
  else if (!isAttached) context.terminal.err(`watching the runs below ${roots.join(', ')}; press Ctrl-C to stop`)
  await interrupt
  await fleet.close()
  return EXIT.interrupted
}

/** Resolves when the process receives a signal or, if a parent process keeps its standard input open, when that parent exits. */
function interrupted(isAttached: boolean): Promise<boolean> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => done(true))
    if (isAttached) process.stdin.on('end', () => done(true)).resume()
  })
}

/** Rejects runs that cannot be watched, and lists every problem with the channels. */
function told(error: unknown, context: CliContext): unknown {
  if (isNotifyError(error)) return refusalOfAll(error.problems, context) ?? refusal(error.message)
  return isRunError(error) ? refusal(error.message, error.hint) : error
}
