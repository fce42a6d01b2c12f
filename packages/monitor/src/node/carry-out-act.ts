import { join } from 'node:path'
import { type Json, messageOf, routeParams } from '@hotcb/protocol'
import { describeOutcome } from '@hotcb/run'
import { openRunDirectory } from '@hotcb/run/node'
import { callTrials, hasKernel, requestTrials, runSweep, tickHalving, type Workspace } from '@hotcb/sweep/node'
import type { ActOutcome } from '../audit.ts'
import type { Act } from '../types.ts'

/** The time limit for an answer from a trial's trainer, in milliseconds. */
const ANSWER_MS = 10_000

/**
 * Carries out an act. It may be called again with the same id after a kill: the sweep's journal or the trial's kernel then ensures that
 * nothing is repeated. An act that cannot be carried out is an outcome, not an error.
 */
export async function carryOutAct(workspace: Workspace, id: string, act: Act): Promise<ActOutcome> {
  try {
    return { ok: true, text: await carryOut(workspace, `monitor:${id}`, act) }
  } catch (error) {
    return { ok: false, text: messageOf(error) }
  }
}

async function carryOut(workspace: Workspace, name: string, act: Act): Promise<string> {
  const { tool, args, expect, reason } = act
  const indices = expect.map(({ i }) => i)
  const wish = async (want: 'stop' | 'prune' | 'pause' | 'hold'): Promise<string> => {
    const requested = await requestTrials(workspace, want, { indices }, { why: reason, act: name })
    return requested.length === 0
      ? 'there was nothing left to do'
      : `${WISHED[want]} ${listed(requested.map(({ i }) => i))}`
  }
  switch (tool) {
    case 'run_indices':
    case 'resume_index':
    case 'resume_held':
    case 'bump_mem':
    case 'bump_time':
      return start(workspace, name, act)
    case 'stop_index':
    case 'stop_all':
      return wish('stop')
    case 'prune_index':
      return wish('prune')
    case 'pause_index':
      return wish('pause')
    case 'hold_waiting':
      return wish('hold')
    case 'set_controls':
      return setControls(workspace, name, act)
    case 'run_sh':
      return judge(workspace, args['dry_run'] === true)
    default:
      throw new Error(`\`${tool}\` changes nothing`)
  }
}

const WISHED = { stop: 'stopping', prune: 'giving up', pause: 'pausing', hold: 'holding back' } as const

async function start(workspace: Workspace, name: string, { args, expect }: Act): Promise<string> {
  const indices = expect.map(({ i }) => i)
  if (workspace.journal.fold.trials.size === 0) {
    // These are the sweep's first trials, so its config comes into force.
    const { called } = await runSweep(workspace, { indices: indices.join(','), act: name })
    return `started ${listed(called)}`
  }
  const text = (key: string): string | undefined => (typeof args[key] === 'string' ? args[key] : undefined)
  const [mem, time] = [text('mem'), text('time')]
  const { trials, submitted } = await callTrials(workspace, indices, {
    act: name,
    force: args['force'] === true,
    ...(mem !== undefined && { mem }),
    ...(time !== undefined && { time }),
  })
  const trouble = submitted?.refused ?? submitted?.unanswered ?? null
  if (trouble !== null) throw new Error(trouble)
  return trials.length === 0 ? 'this has already been done' : `started ${listed(trials)}`
}

async function setControls({ paths }: Workspace, name: string, { args, reason }: Act): Promise<string> {
  const dir = join(paths.results, String(args['index']))
  if (!hasKernel(dir)) throw new Error(`the trainer of trial ${String(args['index'])} has not opened a run directory`)
  const run = openRunDirectory(dir)
  const controls = run.document('actuators').value?.controls ?? []
  const modules = new Map(controls.map(({ param_key: key, group }) => [key, group ?? 'opt']))
  // They were checked against the config's bounds, so they are numbers.
  const routed = routeParams(args['values'] as Readonly<Record<string, Json>>, modules)
  if (!routed.ok) throw new Error(routed.reason)
  const drafts = [...routed.value].map(([module, params]) => ({
    module,
    op: 'set_params',
    params,
    cid: `${name}-${module}`,
    note: reason,
  }))
  const { cids, from } = run.send(drafts, { source: 'sweep', author: 'monitor' })
  const { lines } = await run.answers(cids, { from, timeoutMs: ANSWER_MS })
  if (lines.length === 0) return 'queued: the trainer has not answered yet'
  const said = lines.map((line) => describeOutcome(line)).join('; ')
  if (lines.some(({ decision }) => decision !== 'applied')) throw new Error(said)
  return said
}

async function judge(workspace: Workspace, dryRun: boolean): Promise<string> {
  const { steps } = await tickHalving(workspace, { dryRun })
  const acted = steps.filter(({ action }) => action !== 'none')
  if (acted.length === 0) return 'nothing to do'
  return acted.map(({ i, action }) => `${action} ${i}`).join(', ')
}

function listed(indices: readonly number[]): string {
  return `trial${indices.length === 1 ? '' : 's'} ${indices.join(', ')}`
}
