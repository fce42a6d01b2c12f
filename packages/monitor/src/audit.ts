import { isObject, type JsonObject } from '@hotcb/protocol'
import type { Act, ActRequest, TrialStamp } from './types.ts'

/** The result of an act. */
export interface ActOutcome {
  readonly ok: boolean
  readonly text: string
}

/** An act in the log: the intent is written before the act, the outcome after it. */
export interface LoggedAct {
  readonly id: string
  readonly act: Act
  /** Null until the outcome is written. */
  outcome: ActOutcome | null
}

/** A question to the operators. */
export interface Proposal {
  readonly id: string
  readonly act: Act
  readonly text: string
  state: 'open' | 'approved' | 'rejected' | 'stale'
  by: string | null
}

/** The state that follows from the lines of `agent_log.jsonl`. */
export interface AuditFold {
  readonly acts: ReadonlyMap<string, LoggedAct>
  readonly proposals: ReadonlyMap<string, Proposal>
  /** The keys of decisions made by triage (the rules for failed trials). */
  readonly made: ReadonlySet<string>
  /** Restarts by triage, by trial. */
  readonly retries: ReadonlyMap<number, number>
  /** The number of trials that triage pruned. */
  readonly pruned: number
  /** The number of the last tick that started. A tick is one round of the monitor. */
  readonly tick: number
  /** The numbers of the inbox lines that were processed: commands that were carried out, and agents' requests. */
  readonly commands: ReadonlySet<number>
  /** The messages posted since the last finished tick. */
  readonly said: ReadonlySet<string>
  take(line: JsonObject): void
}

interface State {
  readonly acts: Map<string, LoggedAct>
  readonly proposals: Map<string, Proposal>
  readonly made: Set<string>
  readonly retries: Map<number, number>
  readonly commands: Set<number>
  readonly said: Set<string>
  pruned: number
  tick: number
}

/** Creates an empty fold. Damaged lines and lines from other programs are ignored. */
export function createAuditFold(): AuditFold {
  const state: State = {
    acts: new Map(),
    proposals: new Map(),
    made: new Set(),
    retries: new Map(),
    commands: new Set(),
    said: new Set(),
    pruned: 0,
    tick: 0,
  }
  return {
    acts: state.acts,
    proposals: state.proposals,
    made: state.made,
    retries: state.retries,
    commands: state.commands,
    said: state.said,
    get pruned() {
      return state.pruned
    },
    get tick() {
      return state.tick
    },
    take: (line) => takeLine(state, line),
  }
}

/**
 * Applies a line. Triage decisions and answers are also intents, so nothing is lost if the monitor is killed right after them.
 */
function takeLine(state: State, line: JsonObject): void {
  const { event, id, phase } = line
  takeCourse(state, line)
  const isNew = event !== 'triage' || (typeof line['key'] === 'string' && takeTriage(state, line['key'], line))
  if (typeof id !== 'string' || !isNew) return
  if (event === 'answer') takeAnswer(state, id, line)
  if (phase === 'proposal') takeProposal(state, id, line)
  else if (phase === 'intent') takeIntent(state, id, line)
  else if (phase === 'done') takeOutcome(state, id, line)
}

/** Applies a line about the start or the end of a tick, or about a message or a command within it. */
function takeCourse(state: State, { event, phase, tick, inbox, text }: JsonObject): void {
  if (event === 'tick') {
    if (typeof tick === 'number') state.tick = Math.max(state.tick, tick)
    if (phase === 'done') state.said.clear()
  }
  if (typeof text === 'string' && typeof event === 'string' && POSTS.has(event)) state.said.add(text)
  if ((event === 'command' || event === 'proposal') && typeof inbox === 'number') state.commands.add(inbox)
}

function takeOutcome(state: State, id: string, { ok, result }: JsonObject): void {
  const found = state.acts.get(id)
  if (found !== undefined) found.outcome = { ok: ok === true, text: String(result ?? '') }
}

const POSTS: ReadonlySet<string> = new Set([
  'event',
  'msg',
  'msg_thread',
  'tick_summary',
  'post_results_table',
  'post_plot',
])

const RESTARTS: ReadonlySet<string> = new Set(['run_indices', 'bump_mem', 'bump_time'])

/** Returns false for a decision that was made before. */
function takeTriage(state: State, key: string, { phase, act }: JsonObject): boolean {
  if (state.made.has(key)) return false
  state.made.add(key)
  const read = readAct(act)
  if (phase !== 'intent' || read === null) return true
  if (read.tool === 'prune_index') state.pruned++
  if (!RESTARTS.has(read.tool)) return true
  for (const { i } of read.expect) state.retries.set(i, (state.retries.get(i) ?? 0) + 1)
  return true
}

function takeProposal(state: State, id: string, { act, text }: JsonObject): void {
  const read = readAct(act)
  if (read === null || state.proposals.has(id)) return
  state.proposals.set(id, { id, act: read, text: String(text ?? ''), state: 'open', by: null })
}

function takeAnswer(state: State, id: string, { verdict, by }: JsonObject): void {
  const found = state.proposals.get(id)
  if (found === undefined || found.state !== 'open') return
  if (verdict !== 'approved' && verdict !== 'rejected' && verdict !== 'stale') return
  found.state = verdict
  found.by = typeof by === 'string' ? by : null
}

function takeIntent(state: State, id: string, { act }: JsonObject): void {
  const read = readAct(act)
  if (read !== null && !state.acts.has(id)) state.acts.set(id, { id, act: read, outcome: null })
}

function readAct(value: unknown): Act | null {
  if (!isObject(value)) return null
  const { tool, args, expect, class: toolClass, reason } = value
  if (typeof tool !== 'string' || !isObject(args) || !Array.isArray(expect)) return null
  return {
    tool,
    args,
    expect: expect.flatMap(readStamp),
    // hotcb wrote the line. An unknown class is treated as the most restrictive one.
    class: toolClass === 'control' || toolClass === 'cheap' ? toolClass : 'costly',
    reason: typeof reason === 'string' ? reason : '',
  }
}

/** Returns an agent's request from an inbox line; undefined if it has none. */
export function readActRequest(value: unknown): ActRequest | undefined {
  if (!isObject(value)) return undefined
  const { id, tool, args, reason, expect } = value
  if (typeof id !== 'string' || !REQUEST_ID.test(id)) return undefined
  if (typeof tool !== 'string' || !isObject(args) || !Array.isArray(expect)) return undefined
  return { id, tool, args, reason: typeof reason === 'string' ? reason : '', expect: expect.flatMap(readStamp) }
}

/** The format of a request id. The id is part of a button's hidden value. */
const REQUEST_ID = /^[A-Za-z0-9]{1,24}$/

function readStamp(value: unknown): readonly TrialStamp[] {
  if (!isObject(value)) return []
  const { i, state, attempt } = value
  return typeof i === 'number' && typeof state === 'string' && typeof attempt === 'number'
    ? [{ i, state, attempt }]
    : []
}

/** Returns the acts whose outcome is unknown because their monitor was killed. */
export function openActs({ acts }: AuditFold): readonly LoggedAct[] {
  return [...acts.values()].filter(({ outcome }) => outcome === null)
}

/** Returns the proposals that are waiting for an answer. */
export function openProposals({ proposals }: AuditFold): readonly Proposal[] {
  return [...proposals.values()].filter(({ state }) => state === 'open')
}
