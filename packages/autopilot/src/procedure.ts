import type { JsonObject, LedgerLine, SubmittedOp } from '@hotcb/protocol'
import type { EngineParts, Procedure } from './engine-parts.ts'
import type { Moment } from './hear.ts'
import { rateControl } from './rate-control.ts'
import { afterApplied, lookAtRung, type RescueCommand, type RescueMove, spanOf } from './rescue.ts'
import { rescueJson } from './rescue-state.ts'
import type { EngineInput } from './types.ts'

/** Continues a rescue after the command that it waited for was applied. */
export function procedureApplied(parts: EngineParts, procedure: Procedure, line: LedgerLine, at: Moment): void {
  const target = line.payload?.['action'] === 'load' ? line.payload['step'] : null
  const backTo = typeof target === 'number' ? target : null
  const move = afterApplied(procedure.state, backTo ?? at.step, parts.limits.words.checkpoint === 'auto')
  // An agent receives a load before the first record that follows it, so the effect is measured from the loaded step.
  advance(parts, { ...procedure, backTo }, move, { ...at, from: backTo ?? line.step ?? at.step })
}

/** Checks whether the current rung of a ladder has run long enough. */
export function watchRung(parts: EngineParts, seen: EngineInput, isBack: boolean): void {
  const { state, watch } = parts
  const current = state.procedure
  if (current === null) return
  // A record that was written before the load may still be evaluated once.
  const isWaiting = current.backTo !== null && !isBack && seen.step !== current.backTo
  if (isWaiting) return
  const here = current.backTo === null ? current : { ...current, backTo: null }
  state.procedure = here
  const window = watch.find(here.state.metric)
  if (window === undefined) return
  // The length of an epoch may have become known since.
  const span = here.state.kind === 'ladder' ? spanOf(parts.epochs.steps(seen.total)) : here.state.span
  const rung = span === here.state.span ? here.state : { ...here.state, span }
  const move = lookAtRung(rung, window, () => rateControl(seen.controls()))
  if (move.state !== rung) advance(parts, here, move, { step: seen.step, clock: state.clock, from: seen.step })
}

/** Carries out a rescue's next action. Its effect is measured from the step `from`. */
function advance(
  parts: EngineParts,
  current: Procedure,
  move: RescueMove,
  { step, clock, from }: Moment & { readonly from: number },
): void {
  const { state } = parts
  const cids = move.commands.map((_, i) => `ap-${current.id}.${current.state.count + i + 1}`)
  const awaits = move.isOver ? null : (cids.at(-1) ?? null)
  const next = { ...move.state, count: current.state.count + cids.length, awaits }
  for (const [i, command] of move.commands.entries()) {
    askFurther(parts, { ...current, state: next }, command, {
      cid: cids[i] ?? '',
      step,
      because: move.because,
      kept: move.isOver ? null : rescueJson(next),
    })
  }
  state.procedure = move.isOver ? null : { ...current, state: next }
  if (move.isOver && move.because !== '') settled(parts, current, move, step)
  if (!move.isOver) return
  parts.changes.setAnchor(next.rateKey, next.rate)
  const rule = parts.byId.get(current.rule)
  if (rule === undefined) return
  const settle = Math.max(10, rule.settle)
  state.measured = [...state.measured, { id: current.id, rule: rule.id, step: from, clock, settle }]
}

interface Further {
  readonly cid: string
  readonly step: number
  readonly because: string
  readonly kept: JsonObject | null
}

function askFurther(
  parts: EngineParts,
  current: Procedure,
  asked: RescueCommand,
  { cid, step, because, kept }: Further,
): void {
  const { id, rule, state } = current
  const { note, ...op } = asked
  const command: SubmittedOp & { readonly cid: string } = {
    ...op,
    cid,
    source: 'autopilot',
    note: `${rule}: ${because || note}`,
  }
  const { metric, rateKey } = state
  parts.open.add({
    id,
    cid,
    rule,
    metric,
    keys: [rateKey],
    isProposal: false,
    expect: null,
    expires: null,
    isMeasured: false,
  })
  parts.emit({
    kind: 'act',
    id,
    step,
    rule,
    metric,
    confidence: parts.byId.get(rule)?.confidence ?? 'high',
    because: because || note,
    evidence: {},
    command,
    plan: [],
    isContinued: true,
    procedure: kept,
  })
}

/** Records the end of a rescue that needs no more commands, so that a restart does not continue it. */
function settled(
  { emit, byId }: EngineParts,
  { id, rule, state }: Procedure,
  { because }: RescueMove,
  step: number,
): void {
  const confidence = byId.get(rule)?.confidence ?? 'high'
  const said = `the rescue is over: ${because}`
  emit({ kind: 'alert', id, step, rule, metric: state.metric, confidence, because: said, evidence: { settled: true } })
}
