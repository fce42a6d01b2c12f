import { usageError } from '@hotcb/commands'
import { printable } from '@hotcb/protocol'
import { HERD_STATUS, isModelSearch, jsonOf, trialValues } from '@hotcb/sweep'
import {
  drive,
  launchDriver,
  type RunOutcome,
  readSweepStatus,
  runSweep,
  SweepError,
  submitDriverJob,
  type Workspace,
} from '@hotcb/sweep/node'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { inWorkspace, ownProgram, PIN_FLAG, readSweepWords, tellSweepError, typedName, WORDS } from './place.ts'
import { laterText, stageJson } from './stages.ts'
import { statusJson } from './status.ts'
import { driveAndShow } from './watch-sweep.ts'

/** `herd run`. */
export const sweepRunCommand: CliCommand = cliCommand({
  args: {
    words: WORDS,
    'dry-run': { type: 'boolean', alias: 'n', description: 'Show which trials would run, without writing anything.' },
    indices: { type: 'string', alias: 'i', valueHint: 'SPEC', description: 'Only these trials: `0-3,5`.' },
    pin: PIN_FLAG,
    force: {
      type: 'boolean',
      alias: 'f',
      description: 'Run completed trials again, and keep trials that are no longer in the config as orphans.',
    },
    'max-concurrent': {
      type: 'string',
      alias: 'j',
      number: 'whole',
      valueHint: 'N',
      description: 'At most N trials at a time, instead of `max_concurrent` in the config.',
    },
    executor: {
      type: 'enum',
      options: ['local', 'slurm', 'gridengine'],
      description: 'Where trials run, instead of `executor` in the config.',
    },
    mem: {
      type: 'string',
      valueHint: '12G',
      description: 'Memory for each SLURM or Grid Engine task, instead of `mem` in the config.',
    },
    time: {
      type: 'string',
      valueHint: '8:00:00',
      description: 'Time limit for each SLURM or Grid Engine task, instead of `time` in the config.',
    },
    stage: {
      type: 'string',
      valueHint: 'NAME',
      description: 'Only this stage, or several separated by commas. Start other stages with a later `run`.',
    },
    fresh: {
      type: 'boolean',
      description: 'Set aside the results of earlier attempts, so that trainers start from the beginning.',
    },
    drive: { type: 'boolean', description: 'On SLURM, also start a driver in the background.' },
    watch: { type: 'boolean', alias: 'w', description: 'Run the driver here and show the sweep until it is done.' },
  },
  about: [
    'Updates the trials from `hyperherd.yaml` and runs those that are ready, failed or cancelled. On this machine, they wait for a free slot and are started by a driver in the background; trials keep running if the driver stops. With `executor: slurm`, they are submitted as an array job. Only this command applies an edited config.',
    'With `stages`, the trials of a later stage are planned once their parents have ended: by a driver, or by the next `run`.',
    'A trial keeps its index permanently. A combination that was removed from the config is dropped if it never ran; if it is running or has results, the edit is refused.',
  ],
  examples: [
    { type: 'hotcb sweep run --watch', does: 'run all trials here, and watch them' },
    { type: 'hotcb sweep run -n', does: 'show the trials that would run' },
    { type: 'hotcb sweep run -i 3,7 -f', does: 'run two trials again' },
    { type: 'hotcb sweep run -i 7 --mem 12G', does: 'with more memory, after it ran out' },
    { type: 'hotcb sweep run -p lr=0.1', does: 'only trials with this learning rate' },
  ],
  run(args, context) {
    const words = readSweepWords(args._, { pin: args.pin }, context)
    const dryRun = args['dry-run'] === true
    if (dryRun && args.watch === true) throw usageError('`--dry-run` cannot be combined with `--watch`')
    if (dryRun && (args.fresh === true || args.drive === true))
      throw usageError('`--dry-run` cannot be combined with `--fresh` or `--drive`')
    const options = {
      dryRun,
      pins: words.pins,
      force: args.force === true,
      fresh: args.fresh === true,
      ...(args.mem !== undefined && { mem: args.mem }),
      ...(args.time !== undefined && { time: args.time }),
      ...(args.stage !== undefined && { stages: args.stage.split(',') }),
      ...(args.indices !== undefined && { indices: args.indices }),
      ...(args.executor !== undefined && { executor: args.executor }),
      ...(args['max-concurrent'] !== undefined && { maxConcurrent: Number(args['max-concurrent']) }),
    }
    return inWorkspace(words, context, async (workspace) => {
      const outcome = await runSweep(workspace, options)
      for (const warning of outcome.warnings) context.terminal.err(warning)
      for (const path of outcome.setAside) context.terminal.err(`set aside: ${path}`)
      const isDriven = !dryRun && (outcome.submitted === null || args.drive === true)
      if (isDriven && args.watch !== true) launchDriver(workspace.paths, ownProgram('drive'))
      const needsDriver = dryRun || isDriven || args.watch === true ? null : driverNeed(outcome)
      tell(outcome, { dryRun, script: workspace.paths.script, needsDriver }, context)
      const end = endOf(outcome, context)
      return args.watch === true && end === EXIT.done ? driveAndShow(workspace, context) : end
    })
  },
})

interface Told {
  readonly dryRun: boolean
  /** The path of the batch script. */
  readonly script: string
  /** The work that needs a driver; null if there is none. On SLURM, no driver is started automatically. */
  readonly needsDriver: string | null
}

function driverNeed({ config, called, submitted, later }: RunOutcome): string | null {
  const needs = [
    ...(learns(config) ? ['new trials of the search'] : []),
    ...(hasPopulation(config) ? ['the decisions of the population'] : []),
    ...(hasHalving(config) ? ['early stopping'] : []),
    ...(later.length > 0 ? [`stage ${later.map(({ stage }) => stage.name).join(', ')}`] : []),
    ...(submitted !== null && submitted.trials.length < called.length ? ['trials that are waiting'] : []),
  ]
  return needs.length === 0 ? null : needs.join(' and ')
}

function learns(config: RunOutcome['config']): boolean {
  return isModelSearch(config) || config.stages.some((stage) => isModelSearch(stage.config))
}

function hasPopulation({ population, stages }: RunOutcome['config']): boolean {
  return population !== null || stages.some(({ config }) => config.population !== null)
}

function hasHalving({ halving, stages }: RunOutcome['config']): boolean {
  return halving !== null || stages.some(({ config }) => config.halving !== null)
}

function tell(outcome: RunOutcome, told: Told, { terminal, json }: CliContext): void {
  if (json) {
    terminal.json(runJson(outcome, told))
    return
  }
  const { called, changes, submitted } = outcome
  const { added, dropped, held, revived } = changes
  const counts = [
    [added.length, 'new'],
    [revived.length, 'back in the config'],
    [dropped.length, 'dropped'],
    [held.length, 'no longer in the config'],
  ] as const
  const notes = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  terminal.out(`${headline(outcome, told)}${notes.length === 0 ? '' : `: ${notes.join(', ')}`}`)
  for (const one of outcome.later) terminal.out(laterText(one, outcome.asked))
  const names = new Map(outcome.trials.map(({ trial }) => [trial.i, trial.name]))
  if (told.dryRun) {
    for (const i of called) terminal.out(`  ${i}  ${printable(names.get(i) ?? '')}`)
    if (outcome.script !== null) terminal.page(outcome.script)
    return
  }
  const waiting = submitted === null ? 0 : called.length - submitted.trials.length
  if (waiting > 0)
    terminal.out(`${waiting} trial(s) are waiting: continue with \`${typedName()} run\` or \`${typedName()} drive\``)
  if (told.needsDriver !== null) {
    const how = `\`${typedName()} run --drive\`, or \`${typedName()} drive --once\` from cron`
    terminal.out(`A driver is needed for ${told.needsDriver}: ${how}`)
  }
  if (called.length > 0) terminal.out(terminal.dim(`show them with \`${typedName()} status\``))
}

function headline({ called, submitted }: RunOutcome, { dryRun }: Told): string {
  if (called.length === 0) return 'No trial to run'
  if (dryRun) return `Would run ${called.length} trial(s)`
  if (submitted === null) return `Running ${called.length} trial(s)`
  const { jobs, trials } = submitted
  if (jobs.length === 0) return 'Launched no trials'
  return `Launched ${trials.length} trial(s) as SLURM job array ${jobs.join(', ')}`
}

/** Reports submissions that a scheduler rejected or did not answer; returns the exit code. */
function endOf({ submitted }: RunOutcome, context: CliContext): ExitCode {
  if (submitted === null) return EXIT.done
  if (submitted.refused !== null) {
    return tellSweepError(new SweepError('refused', `SLURM refused: ${printable(submitted.refused)}`), context)
  }
  if (submitted.unanswered === null) return EXIT.done
  const next = `the next \`${typedName()} run\` or \`${typedName()} drive\` will find out whether it was submitted`
  return tellSweepError(new SweepError('unanswered', [printable(submitted.unanswered), next]), context)
}

function runJson(
  { called, trials, config, submitted, script, later }: RunOutcome,
  { dryRun, script: path, needsDriver }: Told,
): object {
  const jobs = submitted?.jobs ?? []
  return {
    dry_run: dryRun,
    slurm_job_id: jobs[0] ?? null,
    sbatch_path: jobs.length > 0 ? path : null,
    submitted_indices: submitted === null ? called : submitted.trials,
    sbatch_script: script,
    trials: trials.map(({ trial, state }) => ({
      index: trial.i,
      status: HERD_STATUS[state],
      experiment_name: trial.name,
      params: jsonOf(trialValues(trial)),
      state,
      ...stageJson(trial),
    })),
    executor: config.executor,
    slurm_job_ids: jobs,
    scripts: submitted?.scripts ?? [],
    needs_driver: needsDriver !== null,
    waiting: submitted === null ? [] : called.filter((i) => !submitted.trials.includes(i)),
    ...(config.stages.length > 0 && { later: later.map(({ stage }) => stage.name) }),
  }
}

/** `herd drive`. */
export const sweepDriveCommand: CliCommand = cliCommand({
  args: {
    words: WORDS,
    every: {
      type: 'string',
      number: 'positive',
      valueHint: 'S',
      description: 'Check every S seconds. Default: 1; on SLURM, 10. The end of a local trial is detected immediately.',
    },
    once: { type: 'boolean', description: 'Check once and exit, for cron.' },
    'as-job': {
      type: 'boolean',
      description: 'Run the driver as a SLURM job, which submits its successor before its time limit.',
    },
    partition: {
      type: 'string',
      valueHint: 'NAME',
      description: 'The partition for that job, instead of `partition` in the config.',
    },
    time: { type: 'string', valueHint: '1-00:00:00', description: 'Its time limit, instead of `time` in the config.' },
  },
  about: [
    'Starts trials as slots become free, records how they end, and carries out requests, until the sweep is done. `herd run` starts a driver in the background. Ctrl-C stops the driver; trials continue, and the next driver takes them over. A second driver exits immediately.',
  ],
  examples: [
    { type: 'hotcb sweep drive --once', does: 'check once' },
    { type: 'hotcb sweep drive --as-job --partition cpu', does: 'for a cluster whose login nodes kill long processes' },
  ],
  run(args, context) {
    const words = readSweepWords(args._, {}, context)
    const isJob = args['as-job'] === true
    if (isJob && args.once === true) throw usageError('`--as-job` cannot be combined with `--once`')
    if (!isJob && (args.partition !== undefined || args.time !== undefined))
      throw usageError('`--partition` and `--time` require `--as-job`')
    return inWorkspace(words, context, (workspace) => {
      if (isJob) return driveAsJob(workspace, args, context)
      return args.once === true ? driveOnce(workspace, context) : driveAndShow(workspace, context, args.every)
    })
  },
})

async function driveAsJob(
  workspace: Workspace,
  { partition, time }: { readonly partition?: string | undefined; readonly time?: string | undefined },
  { terminal, json }: CliContext,
): Promise<ExitCode> {
  const job = await submitDriverJob(workspace, [...ownProgram('drive'), workspace.paths.config], {
    ...(partition !== undefined && { partition }),
    ...(time !== undefined && { time }),
  })
  if (json) terminal.json({ driver_job: job })
  else terminal.out(`Job ${job} is driving the sweep; its log is ${workspace.paths.driverLog}`)
  return EXIT.done
}

async function driveOnce(workspace: Workspace, { terminal, json }: CliContext): Promise<ExitCode> {
  await drive(workspace, { once: true, onTrouble: (message) => terminal.err(printable(message)) })
  if (json) {
    const status = await readSweepStatus(workspace)
    terminal.json(statusJson(status, status.trials))
  }
  return EXIT.done
}
