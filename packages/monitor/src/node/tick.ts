import { showUsd } from '@hotcb/llm'
import { messageOf } from '@hotcb/protocol'
import { crashPoint, drive } from '@hotcb/sweep/node'
import { openProposals } from '../audit.ts'
import { deltaSince, stampsOf } from '../delta.ts'
import { type TickStateInput, tickMessage, tickState, type UserPrompt } from '../prompt/tick-state.ts'
import { triage } from '../triage/triage.ts'
import type { InboxMessage, Outlook, TickDelta, Trigger } from '../types.ts'
import { actOfRequest } from './act-requests.ts'
import { converse } from './converse.ts'
import { endPictures } from './end-pictures.ts'
import { eventPosts } from './events.ts'
import { addToChat, readChat, readInbox, readPlan, readUserPrompt } from './monitor-files.ts'
import type { MonitorParts } from './monitor-parts.ts'
import { runCommand } from './operator-commands.ts'
import { readOutlook } from './outlook.ts'
import { ruleDecisions } from './rule-decisions.ts'
import { runTool, sha256Of, type TickWishes } from './run-tool.ts'
import { readTickRecord, type TickRecord, writeTickRecord } from './tick-record.ts'

/** The result of a tick. */
export interface TickReport {
  readonly tick: number
  readonly trigger: Trigger
  readonly delta: TickDelta
  /** The actions that triage took, one line each. */
  readonly triage: readonly string[]
  /** The number of model calls; null if the model was not called. */
  readonly calls: number | null
  /** Why the model gave no useful answer; null if it gave one, or if it was not called. */
  readonly failed: string | null
  readonly halted: string | null
  /** Epoch seconds. */
  readonly nextAt: number
  readonly outlook: Outlook
  /** The number of inbox messages at the start. The next tick handles later ones. */
  readonly inbox: number
}

const DELAY = 1800
const DELAY_AFTER_FAILURE = 300
const RETRY = 60

/**
 * Runs one tick: it finishes acts that were begun, triages failures, carries out operators' commands, and calls the model. Its record is
 * written at the end, in a single write. A tick that was killed is repeated, but its acts are not.
 */
export async function tick(parts: MonitorParts, trigger: Trigger): Promise<TickReport> {
  const { actor, paths, nowMs } = parts
  const before = readTickRecord(paths)
  const number = actor.fold.tick + 1
  actor.log('tick', { tick: number, phase: 'begun', trigger })
  crashPoint('tick-begun')
  await actor.recover()
  await keepDriven(parts)
  const inbox = await takeCommands(parts, before)
  const first = await readOutlook(parts.workspace, nowMs() / 1000)
  const delta = deltaSince(before.stamps, first.trials)
  const withPicture = endPictures(parts, delta)
  for (const post of eventPosts(first, delta, before.stamps)) {
    if (actor.fold.said.has(post.text)) continue
    const drawn = await withPicture(post)
    actor.log('event', { text: post.text })
    await parts.post(drawn)
  }
  const lines = await triageAll(parts, first)
  crashPoint('triaged')
  const outlook = lines.length === 0 ? first : await readOutlook(parts.workspace, nowMs() / 1000)
  const asked = await askModel(parts, { trigger, number, delta, lines, outlook, before, inbox: inbox.messages })
  // The record contains the state at the start of the tick, whose changes were posted. The next tick reports trials that end during this
  // one.
  const next = recordAfter(parts, { before, number, trigger, asked, inbox, delta, outlook: first })
  crashPoint('tick-asked')
  writeTickRecord(paths, next)
  crashPoint('tick-recorded')
  actor.log('tick', { phase: 'done', next_at: next.nextAt, ...(next.halted !== null && { halted: next.halted }) })
  const { calls, failed } = asked
  return {
    tick: number,
    trigger,
    delta,
    triage: lines,
    calls,
    failed,
    halted: next.halted,
    nextAt: next.nextAt,
    outlook,
    inbox: inbox.count,
  }
}

/** Starts a driver if trials are waiting. If there is no separate driver process, this process queries the schedulers. */
export async function keepDriven({ workspace, port, actor, nowMs }: MonitorParts): Promise<void> {
  const { isStarted, driver, needsDriver, executor } = await readOutlook(workspace, nowMs() / 1000)
  if (!isStarted || driver !== null) return
  try {
    if (executor === 'local') {
      if (needsDriver) port.startDriver()
    } else await drive(workspace, { once: true, onTrouble: (text) => actor.log('drive', { trouble: text }) })
  } catch (error) {
    actor.log('drive', { trouble: messageOf(error) })
  }
}

interface TakenInbox {
  /** The messages for the model. */
  readonly messages: readonly InboxMessage[]
  /** The total number of messages that have ever arrived. */
  readonly count: number
}

/** Carries out operators' commands and turns agents' requests into proposals. Everything else is for the model. */
async function takeCommands(parts: MonitorParts, { inbox }: TickRecord): Promise<TakenInbox> {
  const all = readInbox(parts.paths)
  const messages: InboxMessage[] = []
  for (const [at, message] of all.entries()) {
    if (at < inbox) continue
    if (message.proposal !== undefined) {
      if (!parts.actor.fold.commands.has(at)) await takeRequest(parts, at, message.proposal, message)
      continue
    }
    const isCommand = message.isOperator && message.text.startsWith('/')
    if (!isCommand) messages.push(message)
    else if (!parts.actor.fold.commands.has(at)) {
      parts.actor.log('command', { inbox: at, by: message.author, text: message.text })
      await parts.post({ kind: 'message', ...(await runCommand(parts, message.text, message.author)) })
    }
  }
  return { messages, count: all.length }
}

/** Turns a request into a proposal. The same log line also records that the request was processed. */
async function takeRequest(
  { actor, config, workspace, nowMs, post }: MonitorParts,
  inbox: number,
  request: NonNullable<InboxMessage['proposal']>,
  { author, text }: InboxMessage,
): Promise<void> {
  const decided = actOfRequest(request, await readOutlook(workspace, nowMs() / 1000), config)
  crashPoint('request-judged')
  if (!decided.ok) {
    actor.log('command', { inbox, by: author, text, refused: decided.reason })
    await post({ kind: 'message', text: `${text}: refused: ${decided.reason}` })
    return
  }
  const proposal = actor.propose(decided.value, text, { id: request.id, inbox })
  crashPoint('request-proposed')
  await post({ kind: 'question', text: proposal.text, proposal: proposal.id })
}

/** Runs triage. Its deterministic rules are applied before the model is called, and they also work without a model. */
async function triageAll(parts: MonitorParts, outlook: Outlook): Promise<readonly string[]> {
  const { actor, config, post } = parts
  const { made, retries, pruned } = actor.fold
  const lines: string[] = []
  const decisions = [
    ...triage({ outlook, limits: config.triage, made, retries, pruned }),
    ...ruleDecisions(parts, actor.fold, outlook),
  ]
  for (const decision of decisions) {
    const { outcome, proposal } = await actor.decide(decision)
    const failed = outcome?.ok === false ? `; that failed: ${outcome.text}` : ''
    const line = `${decision.text}${failed}`
    lines.push(line)
    if (proposal === null) await post({ kind: 'triage', text: line })
    else await post({ kind: 'question', text: line, proposal: proposal.id })
  }
  return lines
}

interface Asking extends Pick<TickStateInput, 'trigger' | 'delta' | 'outlook' | 'inbox'> {
  readonly number: number
  readonly lines: readonly string[]
  readonly before: TickRecord
}

interface Answered {
  readonly calls: number | null
  readonly failed: string | null
  readonly wishes: TickWishes
}

async function askModel(parts: MonitorParts, asking: Asking): Promise<Answered> {
  const wishes: TickWishes = { delaySeconds: null, halted: null, promptSha256: null, hasSpoken: false }
  const { setup, actor, config, scrub, signal, post } = parts
  if (setup === null) return { calls: null, failed: null, wishes }
  for (const { source, author, text, timestamp } of asking.inbox)
    addToChat(parts.paths, { timestamp, role: 'user', author, via: source, text: scrub(text) })
  const tools = { ...parts, outlook: asking.outlook, wishes }
  const { failed, calls, text } = await converse({
    setup,
    maxTokens: config.maxTokens,
    mostCalls: config.callsPerTick,
    message: tickMessage(stateFor(parts, asking)),
    signal,
    scrub,
    run: (call) => runTool(tools, call),
    onAsked: (asked) => {
      const outcome = asked.kind === 'failure' ? { failed: asked.failure.code } : {}
      const usd = asked.kind === 'no-budget' ? {} : { usd: asked.nano / 1e9 }
      actor.log('model', { model: setup.model.name, kind: asked.kind, ...outcome, ...usd })
    },
  })
  // A person gets an answer even if the model did not use the tool for it.
  if (failed === null && asking.inbox.length > 0 && !wishes.hasSpoken && text.trim() !== '')
    await runTool(tools, { name: 'msg', arguments: JSON.stringify({ text: text.slice(0, 4000) }) })
  if (failed !== null) {
    actor.log('model_failed', { why: failed })
    await post({ kind: 'event', text: `the model is currently unavailable: ${scrub(failed)}` })
  }
  return { calls, failed, wishes }
}

/** The sources that the state is assembled from. */
interface StateParts extends Pick<MonitorParts, 'setup' | 'paths'> {
  readonly actor: Pick<MonitorParts['actor'], 'fold'>
}

/** Returns the input for the model. */
export function stateFor(
  { setup, actor, paths }: StateParts,
  { trigger, number, delta, lines, outlook, before, inbox }: Asking,
): Readonly<Record<string, unknown>> {
  return tickState({
    outlook,
    trigger,
    tick: number,
    delta,
    plan: readPlan(paths),
    inbox,
    chat: readChat(paths),
    userPrompt: userPromptNow(readUserPrompt(paths), before),
    proposals: openProposals(actor.fold),
    triage: lines,
    spend: spendText(setup),
    silent: before.silent,
    halving: outlook.halving,
  })
}

/** Describes the spending. */
export function spendText(setup: MonitorParts['setup']): string {
  if (setup === null) return 'no model is used'
  const { nano, calls } = setup.spending.totals()
  const most = setup.caps.nano === null ? 'no limit' : showUsd(setup.caps.nano)
  return `${showUsd(nano)} of ${most}, ${calls} calls`
}

function userPromptNow(text: string | null, { promptSha256 }: TickRecord): UserPrompt | null {
  if (text === null) return null
  const sha256 = sha256Of(text)
  const status = promptSha256 === null ? 'new' : promptSha256 === sha256 ? 'unchanged' : 'changed'
  return { status, sha256, text }
}

interface After extends Pick<Asking, 'before' | 'number' | 'trigger' | 'delta' | 'outlook'> {
  readonly asked: Answered
  readonly inbox: TakenInbox
}

function recordAfter({ setup, nowMs }: MonitorParts, after: After): TickRecord {
  const { before, number, trigger, asked, inbox, delta, outlook } = after
  const { wishes, failed } = asked
  const at = nowMs() / 1000
  // Messages that no model could answer stay in the inbox.
  const isHandled = setup !== null && failed === null
  const usual = delta.failed.length > 0 ? DELAY_AFTER_FAILURE : DELAY
  const isSilent = trigger === 'scheduled' && inbox.messages.length === 0
  return {
    tick: number,
    at,
    stamps: stampsOf(outlook.trials),
    inbox: isHandled || inbox.messages.length === 0 ? inbox.count : before.inbox,
    promptSha256: wishes.promptSha256 ?? before.promptSha256,
    nextAt: at + (failed === null ? (wishes.delaySeconds ?? usual) : RETRY),
    halted: wishes.halted,
    // A tick that did not call the model does not change the failure count.
    failures: asked.calls === null ? before.failures : failed === null ? 0 : before.failures + 1,
    silent: inbox.messages.length > 0 ? 0 : before.silent + (isSilent ? 1 : 0),
  }
}
