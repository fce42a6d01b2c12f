import { HALVING_MODES, type HalvingMode } from '@hotcb/sweep'
import {
  type HalvingStep,
  type HalvingTick,
  type HalvingTickOptions,
  launchDriver,
  tickHalving,
} from '@hotcb/sweep/node'
import type { CliContext } from '../../context.ts'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { inWorkspace, ownProgram, readSweepWords, WORDS } from './place.ts'

/** `herd sh`. */
export const sweepHalveCommand: CliCommand = cliCommand({
  args: {
    words: WORDS,
    'dry-run': { type: 'boolean', alias: 'n', description: 'Show the decisions without writing anything.' },
    reason: { type: 'boolean', alias: 'r', description: 'Show the reason for each trial.' },
    metric: {
      type: 'string',
      valueHint: 'NAME',
      description: 'Compare this metric instead of the one in the config.',
    },
    direction: {
      type: 'enum',
      options: ['min', 'max'],
      description: 'Whether a lower or a higher value of the metric is better.',
    },
    'min-steps': {
      type: 'string',
      number: 'whole',
      valueHint: 'N',
      description: 'The number of steps in the first rung.',
    },
    budget: {
      type: 'string',
      number: 'whole',
      valueHint: 'N',
      description: 'The number of steps in a full training run.',
    },
    eta: { type: 'string', number: 'whole', valueHint: 'N', description: 'One of every N trials continues.' },
    mode: {
      type: 'enum',
      options: [...HALVING_MODES],
      description: 'How trials are compared; see the early stopping guide.',
    },
    'max-concurrent': {
      type: 'string',
      alias: 'j',
      number: 'whole',
      valueHint: 'N',
      description: 'Resume at most N trials at a time on SLURM, instead of `max_concurrent` in the config.',
    },
  },
  about: [
    'Judges all trials once, according to `successive_halving` in the config: prunes, pauses and resumes them. A flag overrides a config field for this call only. A driver does this automatically; on SLURM without a driver, call this command manually or from cron.',
  ],
  examples: [
    { type: 'hotcb sweep sh', does: 'judge once' },
    { type: 'hotcb sweep sh -n -r', does: 'the decisions and their reasons' },
  ],
  run(args, context) {
    const words = readSweepWords(args._, {}, context)
    const dryRun = args['dry-run'] === true
    return inWorkspace(words, context, async (workspace) => {
      const tick = await tickHalving(workspace, { dryRun, ...optionsOf(args) })
      const resumed = tick.steps.some(({ action }) => action === 'submit')
      if (!dryRun && resumed && tick.job === null) launchDriver(workspace.paths, ownProgram('drive'))
      if (context.json) context.terminal.json(halvingJson(tick, dryRun))
      else tell(tick, { dryRun, withReasons: args.reason === true }, context)
      return EXIT.done
    })
  },
})

interface HalvingArgs {
  readonly metric: string | undefined
  readonly direction: 'min' | 'max' | undefined
  readonly 'min-steps': string | undefined
  readonly budget: string | undefined
  readonly eta: string | undefined
  readonly mode: HalvingMode | undefined
  readonly 'max-concurrent': string | undefined
}

function optionsOf(args: HalvingArgs): Omit<HalvingTickOptions, 'dryRun'> {
  const { metric, direction, 'min-steps': minSteps, budget, eta, mode, 'max-concurrent': most } = args
  const instead = {
    ...(metric !== undefined && { metric }),
    ...(direction !== undefined && { direction }),
    ...(minSteps !== undefined && { minSteps: Number(minSteps) }),
    ...(budget !== undefined && { budget: Number(budget) }),
    ...(eta !== undefined && { eta: Number(eta) }),
    ...(mode !== undefined && { mode }),
  }
  return { instead, ...(most !== undefined && { maxConcurrent: Number(most) }) }
}

function indicesOf({ steps }: HalvingTick, action: HalvingStep['action']): readonly number[] {
  return steps.filter((one) => one.action === action).map(({ i }) => i)
}

function halvingJson(tick: HalvingTick, dryRun: boolean): object {
  return {
    dry_run: dryRun,
    mode: tick.mode,
    rungs: tick.rungs,
    slurm_job_id: tick.job,
    submitted: indicesOf(tick, 'submit'),
    pruned: indicesOf(tick, 'prune'),
    paused: indicesOf(tick, 'pause'),
    decisions: tick.steps.map((one) => ({
      index: one.i,
      status: one.status,
      max_step: one.maxStep,
      action: one.action,
      verdict: one.verdict,
      rung: one.standing?.rung ?? null,
      reason: reasonOf(one),
      explanation: reasonOf(one),
      standing: standingJson(one.standing, tick.mode),
    })),
  }
}

function standingJson(standing: HalvingStep['standing'], mode: HalvingTick['mode']): object | null {
  if (standing === null) return null
  const { rung, step, value, cohort, keep, ahead, open } = standing
  // Only `sync` waits for trials that may still reach the rung.
  return { rung, step, value, cohort_size: cohort, keep, ahead_definite: ahead, unreached: mode === 'sync' ? open : 0 }
}

function reasonOf({ verdict, standing }: HalvingStep): string {
  if (verdict === 'none') return 'it has not started'
  if (standing === null) return 'it is training toward the first rung'
  const { step, ahead, open, cohort, keep } = standing
  const rank = `at step ${step}: ${ahead} ahead of it, ${open} have not reached it yet, ${keep} of ${cohort} continue`
  return `${MEANING[verdict]} ${rank}`
}

const MEANING: Readonly<Record<HalvingStep['verdict'], string>> = {
  promote: 'it continues',
  prune: 'it is pruned',
  pause: 'it is waiting for the others',
  run_free: 'it trains to the end',
  not_at_rung: 'it is training',
  none: '',
}

const ACTIONS = { prune: 'PRUNE', pause: 'PAUSE', submit: 'RESUME', none: '' } as const

function tell(
  tick: HalvingTick,
  { dryRun, withReasons }: { readonly dryRun: boolean; readonly withReasons: boolean },
  { terminal }: CliContext,
): void {
  const acting = tick.steps.filter(({ action }) => action !== 'none')
  terminal.out(`Successive halving: ${acting.length} action(s)`)
  for (const one of acting) terminal.out(`  #${one.i} ${ACTIONS[one.action]} ${reasonOf(one)}`)
  const counts = (['submit', 'prune', 'pause'] as const).map((action) => indicesOf(tick, action).length)
  terminal.out(`${dryRun ? 'Would' : 'Did'}: ${counts[0]} submitted, ${counts[1]} pruned, ${counts[2]} paused.`)
  if (!withReasons) return
  terminal.out('Why:')
  for (const one of tick.steps) terminal.out(`  #${one.i} ${one.status}: ${reasonOf(one)}`)
}
