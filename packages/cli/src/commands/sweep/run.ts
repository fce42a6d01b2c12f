import { usageError } from '@hotcb/commands'
import { printable } from '@hotcb/protocol'
import { HERD_STATUS, jsonOf } from '@hotcb/sweep'
import { drive, launchDriver, type RunOptions, type RunOutcome, runSweep, type Workspace } from '@hotcb/sweep/node'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { inWorkspace, ownProgram, PIN_FLAG, readSweepWords, typedName, WORDS } from './place.ts'
import { driveAndShow } from './watch-sweep.ts'

/** `herd run`. */
export const sweepRunCommand: CliCommand = cliCommand({
  args: {
    words: WORDS,
    'dry-run': { type: 'boolean', alias: 'n', description: 'Show what would run; write nothing.' },
    indices: { type: 'string', alias: 'i', valueHint: 'SPEC', description: 'Exactly these trials: `0-3,5`.' },
    pin: PIN_FLAG,
    force: {
      type: 'boolean',
      alias: 'f',
      description: 'Run completed trials again; keep trials that the config no longer holds as orphans.',
    },
    watch: { type: 'boolean', alias: 'w', description: 'Drive and show the sweep here until it is done.' },
  },
  about: [
    'Brings the trials in line with `hyperherd.yaml` and runs those that are ready, failed or cancelled. On this machine they wait for a free slot, and a driver in the background starts them; trials outlive it. An edited config takes effect here only.',
    'A trial keeps its index for good. A combination that left the config is dropped where it never ran, and refused where it runs or has results.',
  ],
  examples: [
    { type: 'hotcb sweep run --watch', does: 'run all trials here, and watch them' },
    { type: 'hotcb sweep run -n', does: 'what would run' },
    { type: 'hotcb sweep run -i 3,7 -f', does: 'run two trials again' },
    { type: 'hotcb sweep run -p lr=0.1', does: 'only trials with this learning rate' },
  ],
  run(args, context) {
    const words = readSweepWords(args._, { pin: args.pin }, context)
    const dryRun = args['dry-run'] === true
    if (dryRun && args.watch === true) throw usageError('`--dry-run` starts nothing to watch')
    const options = {
      dryRun,
      pins: words.pins,
      force: args.force === true,
      ...(args.indices !== undefined && { indices: args.indices }),
    }
    return inWorkspace(words, context, async (workspace) => {
      const outcome = await runSweep(workspace, options)
      for (const warning of outcome.warnings) context.terminal.err(warning)
      if (!dryRun && args.watch !== true) launchDriver(workspace.paths, ownProgram('drive'))
      tell(outcome, options, context)
      return args.watch === true ? driveAndShow(workspace, context) : EXIT.done
    })
  },
})

function tell(outcome: RunOutcome, { dryRun = false }: RunOptions, { terminal, json }: CliContext): void {
  if (json) {
    terminal.json(runJson(outcome, dryRun))
    return
  }
  const { called, changes } = outcome
  const { added, dropped, held, revived } = changes
  const counts = [
    [added.length, 'new'],
    [revived.length, 'back in the config'],
    [dropped.length, 'dropped'],
    [held.length, 'no longer in the config'],
  ] as const
  const notes = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  const what = called.length === 0 ? 'No trial to run' : `${dryRun ? 'Would run' : 'Running'} ${called.length} trial(s)`
  terminal.out(`${what}${notes.length === 0 ? '' : `: ${notes.join(', ')}`}`)
  const names = new Map(outcome.trials.map(({ trial }) => [trial.i, trial.name]))
  if (dryRun) for (const i of called) terminal.out(`  ${i}  ${printable(names.get(i) ?? '')}`)
  else if (called.length > 0) terminal.out(terminal.dim(`\`${typedName()} status\` shows them`))
}

function runJson({ called, trials, config }: RunOutcome, dryRun: boolean): object {
  return {
    dry_run: dryRun,
    slurm_job_id: null,
    sbatch_path: null,
    submitted_indices: called,
    sbatch_script: null,
    trials: trials.map(({ trial, state }) => ({
      index: trial.i,
      status: HERD_STATUS[!dryRun && called.includes(trial.i) ? 'waiting' : state],
      experiment_name: trial.name,
      params: jsonOf(trial.params),
      state: !dryRun && called.includes(trial.i) ? 'waiting' : state,
    })),
    executor: config.executor,
  }
}

/** `herd drive`. */
export const sweepDriveCommand: CliCommand = cliCommand({
  args: {
    words: WORDS,
    every: {
      type: 'string',
      number: 'positive',
      default: '1',
      valueHint: 'S',
      description: 'Look every S seconds. Default: 1. The end of a trial is noticed at once.',
    },
    once: { type: 'boolean', description: 'Look once, for cron.' },
  },
  about: [
    'Starts trials as slots become free, notices how they ended, and does what was asked for them, until nothing is left. `herd run` starts one in the background. Ctrl-C ends it; trials go on, and the next driver takes them over. A second one leaves.',
  ],
  examples: [{ type: 'hotcb sweep drive --once', does: 'one look' }],
  run(args, context) {
    const words = readSweepWords(args._, {}, context)
    return inWorkspace(words, context, (workspace) =>
      args.once === true ? driveOnce(workspace) : driveAndShow(workspace, context, Number(args.every) * 1000),
    )
  },
})

async function driveOnce(workspace: Workspace): Promise<ExitCode> {
  await drive(workspace, { once: true })
  return EXIT.done
}
