import { refusal } from '@hotcb/commands'
import { HERD_STATUS } from '@hotcb/sweep'
import { launchDriver, type RequestedTrial, requestTrials, type Selection } from '@hotcb/sweep/node'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { inWorkspace, ownProgram, PIN_FLAG, readSweepWords, type SweepWords, TRIAL_WORDS } from './place.ts'

const ALL_FLAG = { type: 'boolean', alias: 'a', description: 'All trials to which the command applies.' } as const
const REASON_FLAG = {
  type: 'string',
  valueHint: 'TEXT',
  description: 'The reason, shown in `herd status` and recorded in the journal.',
} as const
const ARGS = { words: TRIAL_WORDS, pin: PIN_FLAG, all: ALL_FLAG, reason: REASON_FLAG } as const
const KILL_FLAG = { type: 'boolean', description: 'Kill immediately, with no time to save anything.' } as const

/** `herd stop`. */
export const sweepStopCommand: CliCommand = cliCommand({
  args: { ...ARGS, kill: KILL_FLAG },
  about: [
    'Stops trials: sends TERM to all their processes, and KILL after `local.kill_wait` (30 s). A waiting trial is removed from the queue. `herd run` starts a cancelled trial again.',
  ],
  examples: [
    { type: 'hotcb sweep stop 3', does: 'stop one trial' },
    { type: 'hotcb sweep stop --all', does: 'stop all of them' },
  ],
  run: (args, context) => wishCommand('stop', args, context),
})

/** `herd prune`. */
export const sweepPruneCommand: CliCommand = cliCommand({
  args: { ...ARGS, kill: KILL_FLAG },
  about: [
    'Asks trials to stop: through the file `_signal` for `log_result`, and with `stop` for a trainer that uses hotcb. After `prune_grace_seconds` they are killed. `herd run` does not start a pruned trial again unless you select it with `-i`. You can also prune a trial that failed or was stopped: later stages then no longer wait for it.',
  ],
  examples: [{ type: 'hotcb sweep prune 3 --reason "worse than the rest"', does: 'prune one trial' }],
  run: (args, context) => wishCommand('prune', args, context),
})

/** `herd pause`. */
export const sweepPauseCommand: CliCommand = cliCommand({
  args: {
    ...ARGS,
    kill: KILL_FLAG,
    hold: { type: 'boolean', description: 'Do not pause running trials; only prevent others from starting.' },
  },
  about: [
    'Asks trials to save a checkpoint and stop; `herd resume` starts them again with a new attempt. A trainer without checkpoints then starts from the beginning.',
  ],
  examples: [
    { type: 'hotcb sweep pause 3', does: 'save a checkpoint and stop' },
    { type: 'hotcb sweep pause --all --hold', does: 'prevent new trials from starting' },
  ],
  run: (args, context) => wishCommand(args.hold === true ? 'hold' : 'pause', args, context),
})

/** `herd resume`. */
export const sweepResumeCommand: CliCommand = cliCommand({
  args: ARGS,
  about: ['Restarts paused, cancelled or failed trials as soon as a slot is free.'],
  examples: [{ type: 'hotcb sweep resume 3', does: 'continue with trial 3' }],
  run: (args, context) => wishCommand('resume', args, context),
})

interface WishArgs {
  readonly _: readonly string[]
  readonly pin: string | undefined
  readonly all: boolean | undefined
  readonly reason: string | undefined
  readonly kill?: boolean | undefined
}

type Want = Parameters<typeof requestTrials>[1]

function wishCommand(want: Want, args: WishArgs, context: CliContext): Promise<ExitCode> {
  const words = readSweepWords(args._, { pin: args.pin, takesIndex: true }, context)
  return inWorkspace(words, context, async (workspace) => {
    const options = { ...(args.reason !== undefined && { why: args.reason }), kill: args.kill === true }
    const requested = await requestTrials(workspace, want, selectionOf(words, args.all === true), options)
    if (requested.some(({ executor }) => executor === 'local')) launchDriver(workspace.paths, ownProgram('drive'))
    tell(want, requested, context)
    return EXIT.done
  })
}

/** Requires exactly one of an index, pins and `--all`. @throws CommandError `refused`, with HyperHerd's exit code. */
export function selectionOf({ index, pins }: SweepWords, all: boolean): Selection {
  const given = [index !== undefined, pins.length > 0, all].filter(Boolean).length
  if (given !== 1) throw refusal('select trials: an index, `--pin NAME=VALUE`, or `--all`')
  if (all) return { all }
  return index === undefined ? { pins } : { index }
}

const DONE: Readonly<Record<Want, string>> = {
  stop: 'Stopping',
  prune: 'Pruning',
  pause: 'Pausing',
  hold: 'Holding back',
  resume: 'Resuming',
}
const KEYS: Readonly<Record<Want, string>> = {
  stop: 'cancelled',
  prune: 'pruned',
  pause: 'paused',
  hold: 'held',
  resume: 'resumed',
}

function tell(want: Want, requested: readonly RequestedTrial[], { terminal, json }: CliContext): void {
  if (json) {
    const rows = requested.map(({ i, before, job, executor }) => ({
      index: i,
      slurm_job_id: executor === 'slurm' ? job : null,
      job,
      previous_status: HERD_STATUS[before],
      state: before,
    }))
    terminal.json({ [KEYS[want]]: rows })
    return
  }
  if (requested.length === 0) terminal.out(`No trial to ${want}.`)
  else terminal.out(`${DONE[want]} ${requested.length} trial(s): ${requested.map(({ i }) => i).join(', ')}`)
}
