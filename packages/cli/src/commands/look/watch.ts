import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { openRun } from '../../run.ts'
import { untilInterrupted } from '../../until-interrupted.ts'
import { frame } from './watch/frame.ts'
import { openScreen } from './watch/screen.ts'
import { openWatcher, type Watcher } from './watch/watcher.ts'

/** `hotcb watch`: a live view of the run in the terminal. */
export const watchCommand: CliCommand = cliCommand({
  args: {
    every: {
      type: 'string',
      number: 'positive',
      default: '0.25',
      valueHint: 'S',
      description: 'Refresh every S seconds. Default: 0.25.',
    },
    once: {
      type: 'boolean',
      description: 'Print the view once and exit. This is the default if the output is not a terminal.',
    },
  },
  about: [
    'Shows the step and speed, metrics as sparklines with their latest value and range, controls (`?`: set but not yet confirmed by the trainer), and the latest ledger lines, in a terminal of any size. Press q, Escape or Ctrl-C to quit; the training continues.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 watch', does: 'watch until q is pressed' },
    { type: 'hotcb watch --once', does: 'print the view once, for a script' },
    { type: 'hotcb watch --json --every 5', does: 'one JSON object every five seconds' },
  ],
  async run(args, context) {
    const watcher = openWatcher(openRun(context.dir))
    const everyMs = Number(args.every) * 1000
    try {
      if (args.once === true || (!context.terminal.isTerminal && !context.json)) return printOnce(watcher, context)
      return context.json ? await printJson(watcher, everyMs, context) : await show(watcher, everyMs, context)
    } finally {
      watcher.close()
    }
  },
})

function printOnce(watcher: Watcher, { terminal, json }: CliContext): ExitCode {
  const view = watcher.look()
  if (json) terminal.json(asJson(view))
  else for (const line of frame(view, terminal, { columns: terminal.columns(), rows: 60 })) terminal.out(line)
  return EXIT.done
}

async function printJson(watcher: Watcher, everyMs: number, { terminal }: CliContext): Promise<ExitCode> {
  await untilInterrupted(everyMs, () => terminal.json(asJson(watcher.look())))
  return EXIT.interrupted
}

function asJson({ status, metrics, step, speed, maxSteps }: ReturnType<Watcher['look']>): object {
  const latest = Object.fromEntries(metrics.map((one) => [one.name, one.latest]))
  return { step, max_steps: maxSteps, steps_per_second: speed, latest, status }
}

async function show(watcher: Watcher, everyMs: number, { terminal }: CliContext): Promise<ExitCode> {
  const screen = openScreen()
  let trouble: unknown
  try {
    const draw = (): void => screen.show(frame(watcher.look(), terminal, screen))
    draw()
    screen.onResize(draw)
    const timer = setInterval(() => {
      try {
        draw()
      } catch (error) {
        // The error is reported after the terminal is restored, because a message printed now would be overwritten.
        trouble = error
        screen.end()
      }
    }, everyMs)
    const how = await screen.over
    clearInterval(timer)
    if (trouble === undefined) return how === 'quit' ? EXIT.done : EXIT.interrupted
  } finally {
    screen.close()
  }
  throw trouble
}
