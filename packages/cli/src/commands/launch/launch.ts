import { refusal, usageError } from '@hotcb/commands'
import { isLaunchError, joinOptions, type LaunchOptions } from '@hotcb/launch'
import type { LaunchHandle } from '@hotcb/launch/node'
import { printable } from '@hotcb/protocol'
import type { CliContext } from '../../context.ts'
import type { ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { ALLOW_FLAG, agentsOfDashboard } from '../agents/dashboard-agents.ts'
import { KEY_METRIC_FLAG } from '../autopilot/options.ts'
import { tunerBeliefs } from '../autopilot/tuner-beliefs.ts'
import { startNotifierBeside } from '../notify/beside.ts'
import { follow } from './follow.ts'
import { type LaunchFlags, optionsOf } from './launch-options.ts'

/** `hotcb launch`: starts a training run in its own process, with the dashboard and the autopilot in this one. */
export const launchCommand: CliCommand = cliCommand({
  args: {
    command: {
      type: 'positional',
      required: false,
      variadic: true,
      behindDashes: true,
      valueHint: 'COMMAND',
      description: 'Any training program and its arguments, after `--`.',
    },
    config: {
      type: 'enum',
      options: ['simple', 'multitask', 'finetune'],
      description: 'A built-in example. Default: `multitask`.',
    },
    'train-fn': {
      type: 'string',
      valueHint: 'MODULE:FUNCTION',
      isNamed: true,
      description: 'Call this function from a TypeScript, JavaScript or Python module.',
    },
    'run-dir': {
      type: 'string',
      valueHint: 'DIR',
      isNamed: true,
      completes: { kind: 'directories' },
      description: 'The directory for the new run (`runs/<config>-NNN`). It must not already contain a run.',
    },
    resume: {
      type: 'string',
      valueHint: 'DIR',
      isNamed: true,
      completes: { kind: 'directories' },
      description: 'Attach to this run if it is still training; otherwise continue it.',
    },
    'from-checkpoint': {
      type: 'string',
      valueHint: 'RUN[:TAG]',
      isNamed: true,
      completes: { kind: 'directories' },
      description:
        'Start a new run from a checkpoint of RUN, with the same training and seed. Default: the latest checkpoint.',
    },
    set: {
      type: 'string',
      repeats: true,
      valueHint: 'KEY=VALUE',
      isNamed: true,
      completes: { kind: 'assignments' },
      description: 'With `--from-checkpoint`: change this control in the new run, as `hotcb set` does.',
    },
    'max-steps': { type: 'string', number: 'count', valueHint: 'N', description: 'Train N steps.' },
    'max-time': {
      type: 'string',
      number: 'positive',
      valueHint: 'S',
      description: 'Stop S seconds after the first step, or earlier if `--max-steps` is reached.',
    },
    'step-delay': { type: 'string', number: 'pause', valueHint: 'S', description: 'Pause S seconds after each step.' },
    seed: {
      type: 'string',
      number: 'whole',
      valueHint: 'N',
      description: 'The same seed trains the same network. Default: random, and written to the run document.',
    },
    autopilot: {
      type: 'string',
      valueHint: 'MODE',
      description:
        'Also run an autopilot: `off` (default), `suggest` (a person approves), `auto` (within limits); `ai_suggest` and `ai_auto` call a language model.',
    },
    'key-metric': KEY_METRIC_FLAG,
    rules: {
      type: 'string',
      repeats: true,
      valueHint: 'FILE',
      description: "A rules file. Default: the run's rules, else the built-in rules.",
    },
    tune: {
      type: 'enum',
      options: ['off', 'observe', 'suggest', 'active'],
      description: "Start the training run's tuner in this mode.",
    },
    notify: {
      type: 'string',
      valueHint: 'FILE',
      isNamed: true,
      description: 'Notification config for this run; it is copied to `hotcb.notify.yaml` in the run directory.',
    },
    serve: { type: 'boolean', default: true, description: 'Start the dashboard.' },
    allow: ALLOW_FLAG,
    host: {
      type: 'string',
      valueHint: 'ADDRESS',
      description: 'Address of the dashboard (127.0.0.1). Any other address needs a token.',
    },
    port: {
      type: 'string',
      number: 'port',
      valueHint: 'N',
      description: 'Port of the dashboard (8421, or the next free one).',
    },
    'ai-model': {
      type: 'string',
      valueHint: 'NAME',
      isNamed: true,
      description: 'Model for the AI modes. Default: `HOTCB_AI_MODEL`, the model in the config, or gpt-4o-mini.',
    },
    'ai-base-url': {
      type: 'string',
      valueHint: 'URL',
      isNamed: true,
      description: 'Endpoint for the AI modes. Default: the endpoint in the config, or else OpenAI.',
    },
    'ai-budget': {
      type: 'string',
      number: 'pause',
      valueHint: 'USD',
      description: 'The AI budget for this run, in US dollars (5).',
    },
    'ai-cadence': {
      type: 'string',
      number: 'count',
      valueHint: 'N',
      description: 'Steps between two calls to the model (50).',
    },
    'learn-from': {
      type: 'string',
      valueHint: 'RUN',
      isNamed: true,
      completes: { kind: 'directories' },
      description: "Show the lessons from this run to the new run's model.",
    },
    'config-file': {
      type: 'string',
      valueHint: 'FILE',
      isNamed: true,
      description:
        'Options in YAML or JSON. Default: `hotcb.launch.yaml` or `hotcb.launch.json` in the working directory, if either exists.',
    },
  },
  about: [
    'Starts a training run in its own process, and its dashboard and autopilot in this one. The training output goes to `hotcb.out` in the run directory; this file is kept below 10 MB.',
    'Ctrl-C stops the training: it receives `stop`, SIGTERM 30 seconds later, and SIGKILL after another 10 seconds. Press Ctrl-C again to send the next signal immediately. If this program exits in any other way, the training continues; attach to it with `hotcb launch --resume DIR`. If the training has ended, the same command continues the run from its last checkpoint.',
    'A config file uses the option names with underscores, such as `max_steps: 500`. A flag takes precedence over the file, even if it equals the default.',
    'A train function receives `{runDir, maxSteps, stepDelaySeconds, seed, resume, signal}`, in Python `(run_dir, max_steps, step_delay, stop_event)`. A program reads the same from its environment: `HOTCB_RUN_DIR`, `HOTCB_MAX_STEPS`, `HOTCB_STEP_DELAY`, `HOTCB_SEED`, and `HOTCB_RESUME`, which is 1 if the run was trained before.',
  ],
  examples: [
    { type: 'hotcb launch --config simple --max-steps 500', does: 'a built-in example and its dashboard' },
    { type: 'hotcb launch --config multitask --autopilot auto', does: 'let rules act on it within limits' },
    {
      type: 'hotcb launch --config multitask --autopilot ai_suggest --ai-budget 2',
      does: 'a language model makes proposals, for at most two dollars',
    },
    {
      type: 'hotcb launch --config multitask --max-time 300',
      does: 'train for five minutes, regardless of the speed of the machine',
    },
    { type: 'hotcb launch --train-fn my_module:train --max-steps 1000', does: 'call your own function' },
    { type: 'hotcb launch --autopilot suggest -- python train.py --lr 0.1', does: 'start any program' },
    { type: 'hotcb launch --resume runs/multitask-001', does: 'attach to a run, or continue it' },
    {
      type: 'hotcb launch --from-checkpoint runs/multitask-001:step-400',
      does: "a new run that starts from another run's checkpoint",
    },
    {
      type: 'hotcb launch --from-checkpoint runs/multitask-001 --set lr=x0.5',
      does: 'the same, with half the learning rate',
    },
  ],
  run: runLaunch,
})

async function runLaunch(args: LaunchFlags, context: CliContext): Promise<ExitCode> {
  const { trainings } = context.ports
  if (trainings === undefined) throw refusal('this program was built without training runs')
  const agents = await agentsOfDashboard(args.allow, context)
  // Ctrl-C is handled from here on, so that it also stops a training run that has just started.
  const signals = catchSignals()
  try {
    const { findConfigFile, launch, readConfigFile } = await import('@hotcb/launch/node')
    const given = optionsOf(args, context)
    const hasItsOwn = given.resume !== undefined || given.fromCheckpoint !== undefined
    const path = args['config-file'] ?? (hasItsOwn ? undefined : findConfigFile('.'))
    const options = path === undefined ? given : joinOptions(given, readConfigFile(path))
    tellUseless(given, context)
    const { startDashboard } = context.ports
    const run: LaunchHandle = await launch(options, {
      trainings: await trainings(),
      ...(startDashboard !== undefined && {
        startDashboard: (served) => startDashboard({ ...served, mcp: agents(served.dir) }),
      }),
      startNotifier: (dir) => startNotifierBeside(context, [dir]),
      source: 'cli',
      author: context.env['USER'],
      beliefs: tunerBeliefs,
      env: context.env,
    })
    return await followAll(run, context, signals, given.resume !== undefined)
  } catch (error) {
    if (!isLaunchError(error)) throw error
    throw error.code === 'bad-option' ? usageError(error.message) : refusal(error.message)
  } finally {
    signals.release()
  }
}

/** Follows a run, and then each further run that a model requests. */
async function followAll(
  first: LaunchHandle,
  context: CliContext,
  signals: Signals,
  isResumed: boolean,
): Promise<ExitCode> {
  let code = await follow(first, context, signals, { isResumed })
  for (let run = first; signals.count === 0; ) {
    const next = await run.rerun()
    if (next === null) break
    if (!context.json) context.terminal.out(printable(`The model abandoned this run: ${run.aiStatus().reason}\n`))
    run = next
    code = await follow(run, context, signals, { isResumed: false })
  }
  return code
}

/** Reports flags that have no effect. They are not errors, so that a user can change only the mode in a command line. */
function tellUseless(given: LaunchOptions, { terminal }: CliContext): void {
  if (given.autopilot?.startsWith('ai_') === true) return
  const useless = (['aiModel', 'aiBaseUrl', 'aiBudget', 'aiCadence'] as const).filter((key) => given[key] !== undefined)
  if (useless.length === 0) return
  const flags = useless.map((key) => `\`--${key.replace(/[A-Z]/g, (one) => `-${one.toLowerCase()}`)}\``).join(', ')
  terminal.err(`${flags}: no effect in mode \`${given.autopilot ?? 'off'}\``)
}

/** The interrupts (Ctrl-C) received since the start. */
export interface Signals {
  /** Calls `onSignal` for each interrupt from now on, and immediately for an earlier one. */
  listen(onSignal: () => void): void
  readonly count: number
  release(): void
}

// A single Ctrl-C may arrive twice, because npm forwards the signal that it receives.
const ECHO_MS = 1000

function catchSignals(): Signals {
  let count = 0
  let lastMs = Number.NEGATIVE_INFINITY
  let listener: (() => void) | undefined
  const handle = (): void => {
    const nowMs = performance.now()
    if (nowMs - lastMs < ECHO_MS) return
    lastMs = nowMs
    count++
    listener?.()
  }
  const names = ['SIGINT', 'SIGTERM'] as const
  for (const name of names) process.on(name, handle)
  return {
    get count() {
      return count
    },
    listen(onSignal) {
      listener = onSignal
      if (count > 0) onSignal()
    },
    release() {
      for (const name of names) process.off(name, handle)
    },
  }
}
