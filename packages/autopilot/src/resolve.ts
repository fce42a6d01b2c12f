import type { ConditionResult } from '@hotcb/metrics/judge'
import type { JsonObject, ProposalRequest, SubmittedOp } from '@hotcb/protocol'
import { AI_RULE_ID, aiRule, limitsOfModel, type ModelRequest } from './ai/ai-rule.ts'
import { type Arming, createArming, fire, takeLook } from './arming.ts'
import { conditionOrder } from './condition-params.ts'
import { verdictOf } from './confidence.ts'
import { type Draft, draftOf } from './draft.ts'
import type { EngineParts, Procedure } from './engine-parts.ts'
import { actionInTheWay, isRescue, keysOf, proposalInTheWay } from './in-the-way.ts'
import { type ChangePermission, strictest, wordJudgement } from './limits.ts'
import { lookAtRule } from './look-at-rule.ts'
import type { OpenAction } from './open-actions.ts'
import { AGENT_RULE_ID, actionOfRequest, agentRule, requestText } from './proposal-request.ts'
import { rateControl } from './rate-control.ts'
import { planRescue, type RescuePlan } from './rescue.ts'
import { type RescueState, rescueJson } from './rescue-state.ts'
import type { EngineInput, Rule } from './types.ts'

/** A rule that fired in this evaluation. */
export interface Fired {
  readonly rule: Rule
  readonly arming: Arming
  readonly found: ConditionResult
  /** Evidence in addition to that of the action itself. */
  readonly evidence?: JsonObject
  /** Why it needs approval in any case; empty or absent if there is no reason. */
  readonly askBecause?: string
}

/** Returns the rules that fire in this evaluation. */
export function firedOf(parts: EngineParts, seen: EngineInput, due: readonly Rule[]): readonly Fired[] {
  const { armings, watch, changes, state, paced } = parts
  let fired: Fired[] | null = null
  for (const rule of seen.pace === undefined || paced.length === 0 ? due : [...due, ...paced]) {
    const arming = armings.get(rule.id)
    if (arming === undefined) continue
    const found = lookAtRule(rule, watch, seen, changes.lastStep)
    if (!takeLook(rule, arming, found.is, state.clock) || !isSettled(parts, rule)) continue
    fired ??= []
    fired.push({ rule, arming, found })
  }
  return fired ?? NONE
}

const NONE: readonly Fired[] = []

function isSettled({ changes, state }: EngineParts, rule: Rule): boolean {
  if (rule.settle === 0) return true
  const changed = changes.lastClock(keysOf(rule))
  return changed === undefined || state.clock - changed >= rule.settle
}

/** If several rules fire at the same step, lets the first one act. The others report that they would have acted. */
export function resolve(parts: EngineParts, seen: EngineInput, fired: readonly Fired[]): void {
  const { state } = parts
  let winner = state.actedLast?.step === seen.step ? state.actedLast.rule : null
  for (const one of [...fired].sort(byOrder)) {
    // A rescue that only waits for the trainer's answer to another action fires once that answer has arrived.
    if (isRescue(one.rule) && actionInTheWay(parts, one.rule) !== undefined) continue
    fire(one.arming, state.clock)
    const id = nextId(parts, one.rule.id, seen.step)
    const why = winner === null ? actOn(parts, seen, one, id) : `${winner} acts at this step`
    if (why === null) {
      winner = one.rule.id
      state.actedLast = { step: seen.step, rule: winner }
    } else alert(parts, seen.step, one, { id, ...(typeof why === 'string' ? { why, evidence: {} } : why) })
  }
}

/**
 * Judges a model's request like a fired rule: the same limits apply, with one action per step and no second action on the same controls.
 */
export function resolveWish(
  parts: EngineParts,
  seen: EngineInput,
  { action, because, evidence, askBecause }: ModelRequest,
): void {
  const { state, armings } = parts
  const rule = aiRule(action)
  const arming = armings.get(rule.id) ?? createArming()
  const one: Fired = { rule, arming, found: { is: true, because }, evidence, askBecause }
  const id = nextId(parts, rule.id, seen.step)
  const before = state.actedLast?.step === seen.step ? `${state.actedLast.rule} acts at this step` : null
  const why = state.mode === 'off' ? 'the mode is off' : (before ?? actOn(parts, seen, one, id))
  if (why === null) state.actedLast = { step: seen.step, rule: rule.id }
  else alert(parts, seen.step, one, { id, evidence: { ...evidence }, why: typeof why === 'string' ? why : why.why })
}

/**
 * Turns an agent's request into a proposal, in every mode except `off`. A model's limits apply. Unlike a rule, it does not use up the
 * step's action: rules may still act.
 *
 * @param stale Why the request is too old; null if it is not.
 */
export function resolveRequest(
  parts: EngineParts,
  seen: EngineInput,
  request: ProposalRequest,
  stale: string | null,
): void {
  const { state, armings, open } = parts
  const rule = agentRule(actionOfRequest(request))
  const arming = armings.get(rule.id) ?? createArming()
  const evidence: JsonObject = { request: request.id, seen_step: request.step, seen_seq: request.seq }
  const found = { is: true, because: requestText(request) }
  const one: Fired = { rule, arming, found, evidence, askBecause: 'an agent requested it' }
  // An id from an earlier start is not reused, because two requests at the same step are two actions.
  state.count++
  const id = `a${state.n}-${state.count}`
  const isFull = open.all().filter((action) => action.rule === AGENT_RULE_ID).length >= MOST_REQUESTS
  const full = isFull ? `${MOST_REQUESTS} agent proposals are already waiting for an answer` : null
  const why = stale ?? (state.mode === 'off' ? 'the mode is off' : (full ?? actOn(parts, seen, one, id)))
  if (why !== null) alert(parts, seen.step, one, { id, evidence, why: typeof why === 'string' ? why : why.why })
}

const MOST_REQUESTS = 5

function nextId({ state, idOf }: EngineParts, rule: string, step: number): string {
  const known = idOf?.(rule, step)
  if (known !== undefined) return known
  state.count++
  return `a${state.n}-${state.count}`
}

function alert(parts: EngineParts, step: number, { rule, found }: Fired, told: Told & { readonly id: string }): void {
  const { id, why, evidence } = told
  const because = why === '' ? found.because : `${found.because}; nothing is done: ${why}`
  const metric = parts.watch.metricOf(rule)
  parts.emit({ kind: 'alert', id, step, rule: rule.id, metric, confidence: rule.confidence, because, evidence })
}

/** Why a rule only reports. */
interface Told {
  readonly why: string
  readonly evidence: JsonObject
}

/** Acts or proposes; otherwise returns why the rule only reports. */
function actOn(parts: EngineParts, seen: EngineInput, fired: Fired, id: string): string | Told | null {
  const { rule, found } = fired
  const { action } = rule
  if (action.kind === 'do' && action.what === 'notify') return ''
  if (seen.isFrozen) return 'the run is frozen'
  const blocked = actionInTheWay(parts, rule)
  if (blocked !== undefined) return isOpen(blocked, rule)
  const { procedure } = parts.state
  if (procedure !== null)
    return `${procedure.id} ${isWaiting(parts, procedure) ? 'is waiting for an answer' : 'is under way'}`
  if (isRescue(rule)) return rescue(parts, seen, fired, id)
  const { changes } = parts
  const limits = isOfModel(rule) ? limitsOfModel(parts.limits) : parts.limits
  const draft = draftOf({ rule, found, limits, controls: seen.controls(), anchor: changes.anchor })
  return 'because' in draft ? draft.because : ask(parts, seen, fired, { id, draft, rescue: null })
}

function isOpen({ id, rule: by }: OpenAction, rule: Rule): Told {
  return { why: `${id} is open`, evidence: by === rule.id ? { again: id } : {} }
}

function isWaiting({ open }: EngineParts, { state }: Procedure): boolean {
  return open.all().some(({ cid, isProposal }) => isProposal && cid === state.awaits)
}

interface Asked {
  readonly id: string
  readonly draft: Draft
  readonly rescue: RescueState | null
}

function ask(
  parts: EngineParts,
  seen: EngineInput,
  { rule, arming, found, evidence, askBecause = '' }: Fired,
  { id, draft, rescue: begun }: Asked,
): string | Told | null {
  const { state, open, watch } = parts
  if (state.isSensing && !isOfModel(rule) && !isSafety(rule)) return 'a model is in use, so rules only report'
  const doubt: ChangePermission = { permission: askBecause === '' ? 'auto' : 'ask', because: askBecause }
  const judgement = strictest([draft.judgement, restraint(parts, seen, arming), doubt])
  const verdict = verdictOf(state.mode, rule, judgement)
  if (verdict === 'alert') return judgement.because || `its confidence is ${rule.confidence}`
  const cid = `ap-${id}`
  const isProposal = verdict === 'propose'
  const asked = isProposal ? proposalInTheWay(parts, rule, seen) : undefined
  if (asked !== undefined) return isOpen(asked, rule)
  const expires = expiresOf(seen, rule, begun !== null)
  const note = `${rule.id}: ${found.because}`
  const source = rule.id === AI_RULE_ID ? 'ai' : 'autopilot'
  const command: SubmittedOp & { readonly cid: string } = { source, note, ...draft.op, cid, expires }
  const metric = watch.metricOf(rule)
  const { expect = null } = draft.op
  open.add({ id, cid, rule: rule.id, metric, keys: draft.keys, isProposal, expect, expires, isMeasured: true })
  const rescueNow = begun === null ? null : { ...begun, awaits: cid }
  if (rescueNow !== null) state.procedure = { id, rule: rule.id, state: rescueNow, backTo: null }
  const isAskedFor = isProposal && judgement.because !== ''
  const event = {
    id,
    step: seen.step,
    rule: rule.id,
    metric,
    confidence: rule.confidence,
    because: isAskedFor ? `${found.because}; needs approval because ${judgement.because}` : found.because,
    evidence: { ...draft.evidence, ...evidence },
    command,
    plan: draft.plan,
    procedure: rescueNow === null ? null : rescueJson(rescueNow),
  }
  if (!isProposal) countAction(parts, seen)
  parts.emit(isProposal ? { ...event, kind: 'propose' } : { ...event, kind: 'act', isContinued: false })
  return null
}

/** Whether a rule represents a model or an agent. */
function isOfModel({ id }: Rule): boolean {
  return id === AI_RULE_ID || id === AGENT_RULE_ID
}

/** Whether a rule acts without waiting for a model because the run may be lost before the model answers. */
function isSafety({ condition, confidence }: Rule): boolean {
  return confidence === 'high' && SAFETY.has(condition)
}

const SAFETY: ReadonlySet<string> = new Set(['nan', 'divergence', 'v1:divergence'])

function countAction({ state }: EngineParts, { now }: EngineInput): void {
  state.acted++
  if (now !== undefined) state.actedAt = [...state.actedAt.filter((at) => at > now - HOUR), now]
}

function restraint({ state, limits }: EngineParts, { now }: EngineInput, arming: Arming): ChangePermission {
  const { acted, actedAt } = state
  if (acted >= limits.perRun) return { permission: 'ask', because: `${acted} actions were taken in this run` }
  const recent = now === undefined ? 0 : actedAt.filter((at) => at > now - HOUR).length
  if (recent >= limits.perHour) return { permission: 'ask', because: `${recent} actions were taken in the last hour` }
  if (arming.worse >= 2) return { permission: 'ask', because: 'its last two actions made things worse' }
  return { permission: 'auto', because: '' }
}

const HOUR = 3600

function rescue(parts: EngineParts, seen: EngineInput, fired: Fired, id: string): string | Told | null {
  const { limits, state } = parts
  const plan = rescuePlan(parts, seen, fired)
  if (plan.kind === 'impossible') return plan.because
  if (plan.kind === 'pause') {
    const found = { ...fired.found, because: `${fired.found.because}; ${plan.because}` }
    const draft: Draft = {
      op: { module: 'core', op: 'pause' },
      judgement: wordJudgement(limits, 'pause'),
      keys: [],
      plan: [],
      evidence: {},
    }
    return ask(parts, seen, { ...fired, found }, { id, draft, rescue: null })
  }
  const { command, plan: sentences, lost, state: begun } = plan
  const share = `${Math.round(lost * 100)} % of the run would be lost`
  const judgement: ChangePermission =
    lost > MOST_LOST ? { permission: 'ask', because: share } : wordJudgement(limits, 'rescue')
  const { module, op, params, expect } = command
  if (plan.isDataSuspect) {
    const { from, to } = begun.skip ?? { from: seen.step, to: seen.step }
    state.lastRollback = { step: seen.step, from, to }
  }
  const evidence: JsonObject = { onset: fired.found.onset ?? null, kind: begun.kind, from: begun.rate0, to: begun.rate }
  const draft: Draft = {
    op: { module, op, params, ...(expect !== undefined && { expect }) },
    judgement,
    keys: [begun.rateKey],
    plan: sentences,
    evidence,
  }
  return ask(parts, seen, fired, { id, draft, rescue: begun })
}

/** A larger fraction of the run than this is not discarded without approval. */
const MOST_LOST = 0.15

function rescuePlan(parts: EngineParts, seen: EngineInput, { rule, found }: Fired): RescuePlan {
  const { watch, checkpoints, epochs, state, values } = parts
  // A model's actions are judged by the key metric.
  const metric = watch.metricOf(rule) ?? (rule.id === AI_RULE_ID ? (watch.keyMetric?.name ?? null) : null)
  const window = metric === null ? undefined : watch.find(metric)
  if (metric === null || window === undefined) return { kind: 'impossible', because: 'it has no metric' }
  return planRescue({
    step: seen.step,
    clock: state.clock,
    metric,
    window,
    onset: found.onset,
    rate: rateControl(seen.controls()),
    checkpoints: checkpoints.all(),
    valueAt: (key, { clock }) => values.before(key, clock),
    canLoad: seen.canLoad !== false,
    canSave: seen.canSave !== false,
    hasDataSkip: seen.hasDataSkip === true,
    isTwoSided: rule.condition === 'stuck',
    epochSteps: epochs.steps(seen.total),
    total: seen.total,
    last: state.lastRollback,
  })
}

function byOrder(a: Fired, b: Fired): number {
  const order = conditionOrder(a.rule.condition) - conditionOrder(b.rule.condition)
  return order !== 0 ? order : CONFIDENCE_ORDER.indexOf(a.rule.confidence) - CONFIDENCE_ORDER.indexOf(b.rule.confidence)
}

const CONFIDENCE_ORDER: readonly string[] = ['high', 'medium', 'low']

/**
 * Returns the deadline for an answer: half an hour after the proposal, or half a day for a rescue. Without a clock, the deadline can only
 * be a step, and steps may be fast, so a rescue then has no deadline.
 */
function expiresOf({ step, now }: EngineInput, rule: Rule, isRescue: boolean): { step?: number; ts?: number } | null {
  if (now !== undefined) return { ts: now + (isRescue ? 12 * HOUR : HOUR / 2) }
  return isRescue ? null : { step: step + Math.max(LEAST_STEPS, 2 * rule.settle) }
}

const LEAST_STEPS = 10_000
