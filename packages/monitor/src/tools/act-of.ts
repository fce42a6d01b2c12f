import { ok, type Result, refused, show } from '@hotcb/protocol'
import { isLive, type SweepTrialState } from '@hotcb/sweep'
import type { MonitorConfig } from '../config.ts'
import { moreMemory, moreTime } from '../triage/more.ts'
import type { Act, Outlook, TrialView } from '../types.ts'
import type { ToolSpec } from './spec.ts'

type Arguments = Readonly<Record<string, unknown>>

/** The number of trials that one call may start without approval. */
const FEW = 3
const HOUR = 3600

/**
 * Returns a call's effect, bound to the state in which it was decided. A call that is impossible in this state, or that exceeds the
 * config's bounds, is refused regardless of permissions.
 */
export function actOf(
  { name, class: base }: ToolSpec,
  args: Arguments,
  outlook: Outlook,
  config: Pick<MonitorConfig, 'live' | 'triage'>,
): Result<Act> {
  const reason = typeof args['reason'] === 'string' ? args['reason'] : ''
  const act = (trials: readonly TrialView[], more: Partial<Act> = {}): Result<Act> =>
    ok({ tool: name, args, expect: trials.map(stampOf), class: base, reason, ...more })
  if (name === 'run_indices') return startOf(args, outlook, act)
  if (name === 'stop_all') return act(outlook.trials.filter(({ state }) => isStoppable(state)))
  if (name === 'run_sh') {
    return outlook.halving === null ? refused('the config has no `successive_halving`') : act([])
  }
  const found = trialAt(args['index'], outlook)
  if (!found.ok) return found
  const trial = found.value
  if (name === 'bump_mem' || name === 'bump_time') return raiseOf(name, args, trial, config, act)
  if (name === 'set_controls') return controlOf(args, trial, config, act)
  const fits = FITS[name]
  if (fits === undefined) return refused(`\`${name}\` changes nothing`)
  if (!fits(trial.state))
    return refused(`trial ${trial.i} is ${trial.state}; there is nothing to ${name.replace('_index', '')}`)
  const isLong = (trial.elapsedSeconds ?? 0) > HOUR && isLive(trial.state)
  return act([trial], { class: isLong ? 'costly' : base })
}

type Make = (trials: readonly TrialView[], more?: Partial<Act>) => Result<Act>

/** The states in which a request for one trial makes sense, as in `herd stop`, `prune`, `pause` and `resume`. */
const FITS: Readonly<Record<string, (state: SweepTrialState) => boolean>> = {
  stop_index: isStoppable,
  prune_index: (state) => isStoppable(state) || ['paused', 'failed', 'cancelled', 'ready'].includes(state),
  pause_index: isStoppable,
  resume_index: (state) => state === 'paused' || state === 'cancelled' || state === 'failed',
}

function isStoppable(state: SweepTrialState): boolean {
  return state === 'waiting' || (isLive(state) && !['stopping', 'pruning', 'pausing'].includes(state))
}

const STARTS: ReadonlySet<SweepTrialState> = new Set(['ready', 'failed', 'cancelled', 'paused'])
const FORCED: ReadonlySet<SweepTrialState> = new Set(['completed', 'pruned'])

function startOf(args: Arguments, outlook: Outlook, act: Make): Result<Act> {
  const trials: TrialView[] = []
  for (const index of args['indices'] as readonly number[]) {
    // The arguments were checked against their description.
    const found = trialAt(index, outlook)
    if (!found.ok) return found
    const { state } = found.value
    if (!STARTS.has(state) && !(args['force'] === true && FORCED.has(state))) {
      const hint = FORCED.has(state) ? '; `force` runs it again' : ''
      return refused(`trial ${index} cannot be started because it is ${state}${hint}`)
    }
    trials.push(found.value)
  }
  const canary = canaryProblem(trials, outlook)
  if (canary !== null) return refused(canary)
  const isCostly = trials.length > FEW || trials.some(({ state }) => FORCED.has(state))
  return act(trials, { class: isCostly ? 'costly' : 'cheap' })
}

/** Returns why many trials may not be started yet: one trial may start first, then three, until they have shown that the sweep works. */
function canaryProblem(trials: readonly TrialView[], outlook: Outlook): string | null {
  const begun = outlook.trials.filter(({ attempt, state }) => attempt > 0 || state === 'waiting').length
  const proven = outlook.trials.filter(({ state, step }) => state === 'completed' || step !== null).length
  const fresh = trials.filter(({ attempt }) => attempt === 0).length
  const most = proven === 0 ? 1 : proven < FEW ? FEW : Number.POSITIVE_INFINITY
  if (fresh === 0 || begun + fresh <= most) return null
  if (proven === 0) return 'canary: start one trial, and wait until it shows a metric or completes'
  return `canary: ${proven} trial(s) have shown a metric; until it is ${FEW}, at most ${most} may have started`
}

function raiseOf(
  name: 'bump_mem' | 'bump_time',
  args: Arguments,
  trial: TrialView,
  { triage: { maxMem, maxTime } }: Pick<MonitorConfig, 'triage'>,
  act: Make,
): Result<Act> {
  const what = name === 'bump_mem' ? 'mem' : 'time'
  const now = trial[what]
  if (now === null) return refused(`\`${name}\`: this executor has no limit that hotcb can raise`)
  if (trial.state !== 'failed')
    return refused(`trial ${trial.i} is ${trial.state}; \`${name}\` applies only to failed trials`)
  const most = what === 'mem' ? maxMem : maxTime
  const percent = Number(args['percent'])
  const more = what === 'mem' ? moreMemory(now, percent, most) : moreTime(now, percent, most)
  if (more === null)
    return refused(`\`${name}\`: ${now} cannot be raised${most === null ? '' : `; the limit is ${most}`}`)
  return act([trial], { args: { index: trial.i, [what]: more } })
}

function controlOf(args: Arguments, trial: TrialView, { live }: Pick<MonitorConfig, 'live'>, act: Make): Result<Act> {
  if (trial.state !== 'running')
    return refused(`trial ${trial.i} is ${trial.state}; controls can be set only while it trains`)
  const values = Object.entries(args['values'] as object)
  // The arguments were checked against their description.
  if (values.length === 0) return refused('`values` is empty')
  for (const [name, value] of values as readonly [string, unknown][]) {
    const bounds = Object.hasOwn(live, name) ? live[name] : undefined
    if (bounds === undefined) return refused(`${show(name)} is not in \`monitor.live\` of the config`)
    const [low, high] = bounds
    if (typeof value !== 'number' || !(value >= low && value <= high))
      return refused(`${show(name)} must be a number from ${low} to ${high}, got ${show(value)}`)
  }
  return act([trial])
}

function trialAt(index: unknown, { trials }: Outlook): Result<TrialView> {
  const trial = trials.find(({ i }) => i === index)
  return trial === undefined ? refused(`trial ${show(index)} does not exist`) : ok(trial)
}

function stampOf({ i, state, attempt }: TrialView): Act['expect'][number] {
  return { i, state, attempt }
}

/** Returns why an act is no longer valid, in one line; null if its trials have not changed since it was decided. */
export function staleness({ expect }: Pick<Act, 'expect'>, { trials }: Pick<Outlook, 'trials'>): string | null {
  for (const { i, state, attempt } of expect) {
    const now = trials.find((one) => one.i === i)
    if (now === undefined) return `trial ${i} is no longer in the sweep`
    if (now.state !== state || now.attempt !== attempt)
      return `trial ${i} has changed from ${state} (attempt ${attempt}) to ${now.state} (attempt ${now.attempt})`
  }
  return null
}
