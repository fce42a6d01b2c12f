import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { refusal, usageError } from '@hotcb/commands'
import type { CliContext, DemoCommandOptions, DemoName } from '../../context.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { nearRuns } from '../../parse/near-run.ts'
import { ALLOW_FLAG, agentsOfDashboard } from '../agents/dashboard-agents.ts'
import { KEY_METRIC_FLAG, readKeyMetric, readMode } from '../autopilot/options.ts'
import { readOverrides } from './demo-overrides.ts'

const CONFIGS: readonly DemoName[] = ['digits', 'digits-cosine', 'digits-adam', 'multitask', 'finetune']

const TUNE = ['off', 'observe', 'suggest', 'active'] as const

/** `hotcb demo`: runs the built-in demo, which the published program passes in. */
export const demoCommand: CliCommand = cliCommand({
  args: {
    config: {
      type: 'enum',
      options: [...CONFIGS],
      description:
        'SGD with a constant rate, SGD with a cosine schedule, or Adam; two tasks with one network; digits 0 to 4, then 5 to 9. Default: `digits`.',
    },
    golden: {
      type: 'boolean',
      description: 'Train `multitask` while a recipe changes its loss weights and its learning rate.',
    },
    'max-steps': { type: 'string', number: 'count', valueHint: 'N', description: 'Stop after N steps.' },
    'max-time': { type: 'string', number: 'positive', valueHint: 'S', description: 'Stop after S seconds.' },
    'step-delay': { type: 'string', number: 'pause', valueHint: 'S', description: 'Pause S seconds after each step.' },
    seed: { type: 'string', number: 'whole', valueHint: 'N', description: 'The same seed trains the same network.' },
    ranks: {
      type: 'string',
      number: 'count',
      valueHint: 'N',
      description: 'Train data-parallel in N processes: 2, 4, 8, 16 or 32.',
    },
    tune: {
      type: 'enum',
      options: [...TUNE],
      description:
        'Start the tuner in this mode: it searches, suggests or only observes. Default: `off`; `hotcb tune enable` starts it later.',
    },
    python: {
      type: 'boolean',
      description: 'Train in PyTorch, with the Python in `HOTCB_PYTHON` or `python3`.',
    },
    continue: {
      type: 'boolean',
      description: 'Continue RUN from its latest checkpoint, with its original options.',
    },
    'take-over': {
      type: 'boolean',
      description: 'With `--continue`: take over RUN from a process that is still training it.',
    },
    serve: {
      type: 'boolean',
      default: true,
      description: 'Start the dashboard as well. On by default; disable it with `--no-serve`.',
    },
    port: {
      type: 'string',
      number: 'port',
      valueHint: 'N',
      description: 'Port of the dashboard (8421, or the next free one).',
    },
    allow: ALLOW_FLAG,
    keep: {
      type: 'boolean',
      description: 'Keep the dashboard running after the training ends, until Ctrl-C is pressed.',
    },
    'checkpoint-every': {
      type: 'string',
      number: 'count',
      valueHint: 'N',
      description:
        'Save a checkpoint every N steps, in addition to the one at the end. The latest three are kept, as well as all that you save yourself.',
    },
    autopilot: {
      type: 'string',
      valueHint: 'MODE',
      description: 'Let rules watch the run: `off`, `suggest` (a person approves) or `auto` (within limits).',
    },
    'key-metric': KEY_METRIC_FLAG,
    overrides: {
      type: 'string',
      valueHint: 'TEXT',
      description:
        'Settings in the format that a sweep uses: `lr=0.1 optimizer=adam weight_decay=0.001 seed=1 max_steps=300`.',
    },
  },
  about: [
    'Trains a small network on 1,437 handwritten digits and tests it on 360 others. It stops at whichever limit comes first. Without `--dir`, the run is written to the first free `runs/demo-NNN`, and `--continue` continues the most recent of these runs.',
    'When it is stopped by Ctrl-C, SIGTERM, SIGHUP, `hotcb stop` or a limit, it saves a checkpoint, and `--continue` continues from exactly that step. A second Ctrl-C, at least a second after the first, exits immediately without a checkpoint. After a crash, `--continue` starts from the latest checkpoint and trains the later steps again, with the same result.',
    '`--continue` reuses the original training options. `--config`, `--seed` and `--ranks` cannot be changed; all others can be passed again. `--serve`, `--port`, `--allow`, `--keep` and `--autopilot` are not reused.',
    "Agents can connect to the dashboard's `/mcp` endpoint with the Model Context Protocol. They can only read, unless `--allow` permits more.",
    'The dashboard stops when the training ends; reopen it with `hotcb serve --dir RUN`.',
  ],
  examples: [
    { type: 'hotcb demo', does: 'train, and print the command to try in a second terminal' },
    { type: 'hotcb demo --max-steps 2000 --step-delay 0.02', does: 'train slowly enough to steer it' },
    { type: 'hotcb demo --no-serve', does: 'train without the dashboard' },
    { type: 'hotcb demo --golden', does: 'train two tasks while a recipe changes their weights' },
    { type: 'hotcb demo --autopilot suggest', does: 'let rules propose changes' },
    { type: 'hotcb demo --tune active', does: 'let the tuner move the learning rate' },
    { type: 'hotcb demo --ranks 2', does: 'train in two processes, steered as one' },
    { type: 'hotcb demo --dir runs/demo-001 --continue', does: 'continue a run that stopped early' },
    { type: 'hotcb demo --dir runs/demo-001 --continue --max-steps 4000', does: 'train a finished run for longer' },
  ],
  async run(args, context) {
    const { runDemo, startDashboard } = context.ports
    if (args.python === true) return trainInPython(args, context)
    if (runDemo === undefined)
      throw refusal(
        'this program was built without the demo',
        'use `npx hotcb demo`, which includes it, or `hotcb demo --python`, which trains in PyTorch',
      )
    if (args['take-over'] && !args.continue) throw usageError('`--take-over` needs `--continue`')
    if (args.continue && context.dirGiven) suggestNear(context.dir)
    const autopilot = autopilotOf(args.autopilot, args['key-metric'])
    // With `--json`, no one would open it; without the dashboard package, there is nothing to start.
    const isServed = args.serve && !context.json && startDashboard !== undefined
    const port = args.port === undefined ? {} : { port: Number(args.port) }
    const agents = await agentsOfDashboard(args.allow, context)
    return runDemo({
      ...(context.dirGiven ? { dir: context.dir } : {}),
      ...trainingOf(args),
      ...readOverrides(args.overrides, args.ranks),
      ...(autopilot !== undefined && { autopilot }),
      continue: args.continue ?? false,
      takeOver: args['take-over'] ?? false,
      keep: args.keep ?? false,
      json: context.json,
      ...(isServed && {
        serve: (dir: string) =>
          startDashboard({ dir: resolve(dir), env: context.env, mcp: agents(resolve(dir)), ...port }),
      }),
    })
  },
})

/** Options of the built-in demo runs that `--python` does not have. */
const BUILT_IN = {
  ...{ config: 1, golden: 1, ranks: 1, tune: 1, continue: 1, 'take-over': 1, 'checkpoint-every': 1 },
  ...{ autopilot: 1, 'key-metric': 1, overrides: 1, keep: 1 },
}

interface DemoArgs extends TrainingFlags {
  readonly serve?: boolean | undefined
  readonly port?: string | undefined
  readonly allow?: string | undefined
}

async function trainInPython(args: DemoArgs, context: CliContext): Promise<number> {
  const [other] = Object.entries(args).find(([name, value]) => name in BUILT_IN && Boolean(value)) ?? []
  if (other !== undefined) throw usageError(`\`--${other}\` and \`--python\` cannot be combined`)
  const { startDashboard } = context.ports
  const { runPythonDemo } = await import('./python-demo.ts')
  const port = args.port === undefined ? {} : { port: Number(args.port) }
  const isServed = args.serve === true && !context.json && startDashboard !== undefined
  const agents = await agentsOfDashboard(args.allow, context)
  return runPythonDemo(
    {
      dir: context.dirGiven ? context.dir : undefined,
      maxSteps: numberOf(args['max-steps']),
      stepDelaySeconds: numberOf(args['step-delay']),
      seed: numberOf(args.seed),
      ...(isServed && { serve: (dir: string) => startDashboard({ dir, env: context.env, mcp: agents(dir), ...port }) }),
    },
    context,
  )
}

interface TrainingFlags {
  readonly config?: string | undefined
  readonly golden?: boolean | undefined
  readonly tune?: string | undefined
  readonly 'max-steps'?: string | undefined
  readonly 'max-time'?: string | undefined
  readonly 'step-delay'?: string | undefined
  readonly seed?: string | undefined
  readonly 'checkpoint-every'?: string | undefined
  readonly ranks?: string | undefined
}

/** Returns the training task, and its length. */
function trainingOf(args: TrainingFlags): DemoCommandOptions {
  const config = CONFIGS.find((one) => one === args.config)
  const tune = TUNE.find((one) => one === args.tune)
  const numbers = {
    maxSteps: numberOf(args['max-steps']),
    maxTimeSeconds: numberOf(args['max-time']),
    stepDelaySeconds: numberOf(args['step-delay']),
    seed: numberOf(args.seed),
    checkpointEvery: numberOf(args['checkpoint-every']),
    ranks: numberOf(args.ranks),
  }
  return {
    ...(config !== undefined && { config }),
    ...(tune !== undefined && { tune }),
    ...(args.golden === true && { golden: true }),
    ...withoutUndefined(numbers),
  }
}

/** Reads the autopilot flags. @throws CommandError `usage` for an unknown mode, or for a key metric without a mode. */
function autopilotOf(mode: string | undefined, keyMetric: string | undefined): DemoCommandOptions['autopilot'] {
  if (mode !== undefined)
    return { mode: readMode(mode), ...(keyMetric !== undefined && { keyMetric: readKeyMetric(keyMetric) }) }
  if (keyMetric !== undefined) throw usageError('`--key-metric` requires `--autopilot`')
  return undefined
}

/**
 * Suggests a run with a similar name.
 * @throws CommandError `refused` for a missing directory, if a run with a similar name exists.
 */
function suggestNear(dir: string): void {
  if (existsSync(dir)) return
  const near = nearRuns(dir).map((path) => `\`${path}\``)
  if (near.length > 0) throw refusal(`the directory \`${dir}\` does not exist`, `did you mean ${near.join(' or ')}?`)
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text)
}

function withoutUndefined<Key extends string>(
  values: Readonly<Record<Key, number | undefined>>,
): Readonly<Partial<Record<Key, number>>> {
  // The remaining options have the same keys and are all numbers.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<
    Record<Key, number>
  >
}
