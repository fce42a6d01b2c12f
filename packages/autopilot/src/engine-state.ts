import { isObject, type Json, type JsonObject, type LedgerLine } from '@hotcb/protocol'
import { armingJson, readArming } from './arming.ts'
import type { EngineParts, Procedure, Rollback } from './engine-parts.ts'
import { readMeasured } from './measured.ts'
import type { OpenAction } from './open-actions.ts'
import { recallFiring } from './recall-firing.ts'
import { readRescueState, rescueJson } from './rescue-state.ts'
import { type ActionRecord, type AutopilotHistory, isMode } from './types.ts'

/** Returns an engine's public state. */
export function statusOf({ state, watch, rules, open }: EngineParts): JsonObject {
  const { procedure } = state
  return {
    mode: state.mode,
    key_metric: watch.keyMetric?.name ?? null,
    rules: rules.length,
    open: open.all().map(({ id, rule, isProposal }) => ({ id, rule, state: isProposal ? 'open' : 'queued' })),
    rescue:
      procedure === null ? null : { id: procedure.id, kind: procedure.state.kind, rungs: procedure.state.rungs.length },
    actions: state.acted,
  }
}

export function snapshotEngine(parts: EngineParts): Json {
  const { state } = parts
  const { procedure, lastRollback } = state
  return {
    n: state.n,
    count: state.count,
    clock: state.clock,
    mode: state.mode,
    last_step: state.lastStep,
    acted: state.acted,
    measured: state.measured.map((one) => ({ ...one })),
    procedure:
      procedure === null
        ? null
        : { id: procedure.id, rule: procedure.rule, state: rescueJson(procedure.state), back_to: procedure.backTo },
    last_rollback: lastRollback === null ? null : { ...lastRollback },
    watch: parts.watch.snapshot(),
    arming: Object.fromEntries([...parts.armings].map(([id, arming]) => [id, armingJson(arming)])),
    changes: parts.changes.snapshot(),
    values: parts.values.snapshot(),
    checkpoints: parts.checkpoints.snapshot(),
    open: parts.open.snapshot(),
    epochs: parts.epochs.snapshot(),
  }
}

export function restoreEngine(parts: EngineParts, saved: Json): void {
  if (!isObject(saved)) return
  const { state } = parts
  // The content of a snapshot is JSON.
  const part = (name: string): Json => (saved[name] ?? null) as Json
  state.n = numberOr(saved['n'], state.n)
  state.count = numberOr(saved['count'], 0)
  state.clock = numberOr(saved['clock'], 0)
  state.acted = numberOr(saved['acted'], 0)
  state.lastStep = typeof saved['last_step'] === 'number' ? saved['last_step'] : null
  if (isMode(saved['mode'])) state.mode = saved['mode']
  state.measured = readMeasured(part('measured'))
  state.procedure = readProcedure(saved['procedure'])
  state.lastRollback = readRollback(saved['last_rollback'])
  parts.watch.restore(part('watch'))
  parts.changes.restore(part('changes'))
  parts.values.restore(part('values'))
  parts.checkpoints.restore(part('checkpoints'))
  parts.open.restore(part('open'))
  parts.epochs.restore(part('epochs'))
  const arming = saved['arming']
  for (const id of parts.armings.keys()) parts.armings.set(id, readArming(isObject(arming) ? arming[id] : null))
}

function readProcedure(saved: unknown): Procedure | null {
  if (!isObject(saved)) return null
  const { id, rule, state, back_to: backTo } = saved
  const read = readRescueState(state)
  if (read === undefined || typeof id !== 'string' || typeof rule !== 'string') return null
  return { id, rule, state: read, backTo: typeof backTo === 'number' ? backTo : null }
}

function readRollback(saved: unknown): Rollback | null {
  if (!isObject(saved)) return null
  return { step: numberOr(saved['step'], 0), from: numberOr(saved['from'], 0), to: numberOr(saved['to'], 0) }
}

function numberOr(value: unknown, byDefault: number): number {
  return typeof value === 'number' ? value : byDefault
}

/** Restores open actions and checkpoints from earlier starts. */
export function recall(parts: EngineParts, { actions }: AutopilotHistory, ledger: readonly LedgerLine[]): void {
  for (const line of ledger) {
    const clock = Math.min(parts.state.clock, line.step ?? 0)
    parts.checkpoints.take(line, clock)
    parts.values.take(line, clock)
  }
  for (const action of actions) {
    recallFiring(parts, action)
    const open = openAction(action)
    if (open !== undefined) parts.open.add(open)
    recallProcedure(parts, action)
  }
}

/** Continues a rescue that an earlier start began: its command was applied or is waiting for an answer. */
function recallProcedure(parts: EngineParts, { id, rule, cid, state, procedure }: ActionRecord): void {
  const read = readRescueState(procedure)
  if (read === undefined || cid === null) return
  const isWaiting = state === 'open' || state === 'queued'
  if (isWaiting) parts.state.procedure = { id, rule: rule ?? '', state: { ...read, awaits: cid }, backTo: null }
  const isOnRung = state === 'applied' && read.kind === 'ladder' && !read.isLast
  if (isOnRung) parts.state.procedure = { id, rule: rule ?? '', state: { ...read, awaits: null }, backTo: null }
}

function openAction({ id, cid, next, command: asked, state, rule, metric }: ActionRecord): OpenAction | undefined {
  const command = next ?? asked
  if (cid === null || command === null || (state !== 'open' && state !== 'queued')) return undefined
  const { expect, expires } = command
  return {
    id,
    cid,
    rule: rule ?? '',
    metric,
    keys: isObject(expect) ? Object.keys(expect) : [],
    isProposal: state === 'open',
    // An engine wrote the command, so it has this type.
    expect: isObject(expect) ? (expect as JsonObject) : null,
    expires: (expires ?? null) as OpenAction['expires'],
    isMeasured: true,
  }
}
