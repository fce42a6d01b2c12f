import { existsSync } from 'node:fs'
import { readDocument } from '@hotcb/journal'
import { type Caps, usdOf } from '@hotcb/llm'
import { openSpending } from '@hotcb/llm/node'
import { isObject, parseJson } from '@hotcb/protocol'
import { livingSign, loadConfig, readSign, type WorkspacePaths } from '@hotcb/sweep/node'
import { createAuditFold, openProposals } from '../audit.ts'
import { readMonitorConfig } from '../config.ts'
import type { ChatLine } from '../types.ts'
import { addToInbox, type MonitorPaths, monitorPaths, objectsIn, readChat, readInbox } from './monitor-files.ts'
import { readTickRecord } from './tick-record.ts'

/** A proposal that is waiting for a person. */
export interface ProposalView {
  readonly id: string
  readonly tool: string
  readonly text: string
  readonly trials: readonly number[]
  /** An answer in the inbox that no tick has processed yet; null if there is none. */
  readonly answer: 'approved' | 'rejected' | null
}

/** The public state of a workspace's monitor. Times are in epoch seconds. */
export interface MonitorView {
  /** Null before the first monitor. */
  readonly tick: number | null
  readonly tickAt: number | null
  readonly nextAt: number | null
  /** Why the last monitor stopped without being asked to. */
  readonly halted: string | null
  /** The running monitor; null if there is none. */
  readonly living: {
    readonly process: string
    readonly health: string
    readonly why: string | null
    readonly seenAt: number
  } | null
  readonly spend: SpendView
  readonly proposals: readonly ProposalView[]
  /** Oldest first. */
  readonly chat: readonly ChatLine[]
}

/** The cost of model calls so far, and the limits; null for no limit. */
export interface SpendView {
  readonly usd: number
  readonly usdToday: number
  readonly calls: number
  readonly tokens: number
  readonly most: {
    readonly usd: number | null
    readonly usdToday: number | null
    readonly calls: number | null
    readonly tokens: number | null
  }
}

const CHAT_LINES = 20

/** Reads a monitor's files, whether it is running or not. Nothing is written. */
export function readMonitorView(workspace: WorkspacePaths): MonitorView {
  const paths = monitorPaths(workspace.root, workspace.state)
  const record = existsSync(paths.state) ? readTickRecord(paths) : null
  return {
    tick: record?.tick ?? null,
    tickAt: record?.at ?? null,
    nextAt: record?.nextAt ?? null,
    halted: record?.halted ?? null,
    living: livingView(paths),
    spend: spendView(paths, capsOf(workspace)),
    proposals: proposalViews(paths),
    chat: readChat(paths, CHAT_LINES),
  }
}

/**
 * Records a person's answer to a proposal. The monitor processes it at its next check, or when a monitor is started.
 *
 * @throws RangeError if the proposal is not waiting for an answer.
 */
export function answerProposal(
  workspace: WorkspacePaths,
  answer: {
    readonly id: string
    readonly verdict: 'approved' | 'rejected'
    readonly by: string
    readonly nowMs: number
  },
): { readonly isLiving: boolean } {
  const { id, verdict, by, nowMs } = answer
  const paths = monitorPaths(workspace.root, workspace.state)
  const found = proposalViews(paths).find((one) => one.id === id)
  if (found === undefined) throw new RangeError(`proposal ${JSON.stringify(id)} is not waiting for an answer`)
  if (found.answer !== null) throw new RangeError(`proposal ${id} was ${found.answer} a moment ago`)
  const text = `/${verdict === 'approved' ? 'approve' : 'reject'} ${id}`
  const timestamp = new Date(nowMs).toISOString()
  addToInbox(workspace.state, { timestamp, source: 'dashboard', author: by, text, isOperator: true })
  return { isLiving: livingSign(paths.sign) !== null }
}

function livingView({ sign }: MonitorPaths): MonitorView['living'] {
  const living = existsSync(sign) ? livingSign(sign) : null
  const parsed = parseJson(readDocument(sign)?.text ?? '')
  if (living === null || readSign(sign) === null || !parsed.ok || !isObject(parsed.value)) return null
  const { health, why } = parsed.value
  return {
    process: `process ${living.pid} on ${living.host}`,
    health: typeof health === 'string' ? health : 'unknown',
    why: typeof why === 'string' ? why : null,
    seenAt: living.tickAt,
  }
}

/** Returns the waiting proposals, including those that no monitor has read from the inbox yet. */
export function proposalViews(paths: MonitorPaths): readonly ProposalView[] {
  const fold = createAuditFold()
  for (const line of objectsIn(paths.log)) fold.take(line)
  const answers = new Map<string, 'approved' | 'rejected'>()
  const requested: Omit<ProposalView, 'answer'>[] = []
  for (const [at, { text, isOperator, proposal }] of readInbox(paths).entries()) {
    if (proposal !== undefined && !fold.commands.has(at)) {
      const { id, tool, expect } = proposal
      requested.push({ id, tool, text, trials: expect.map(({ i }) => i) })
    }
    const [, word, id] = /^\/(approve|reject) (\S+)\s*$/.exec(text) ?? []
    if (id === undefined || !isOperator || fold.commands.has(at) || answers.has(id)) continue
    answers.set(id, word === 'approve' ? 'approved' : 'rejected')
  }
  const open = openProposals(fold).map(({ id, text, act: { tool, expect } }) => ({
    ...{ id, tool, text },
    trials: expect.map(({ i }) => i),
  }))
  return [...open, ...requested].map((one) => ({ ...one, answer: answers.get(one.id) ?? null }))
}

/** Returns the budget's limits; null if the config cannot be read. The monitor reports the reason when it starts. */
function capsOf(workspace: WorkspacePaths): Caps | null {
  try {
    const reading = readMonitorConfig(loadConfig(workspace).text)
    return reading.ok ? reading.config.caps : null
  } catch {
    return null
  }
}

function spendView({ spend }: MonitorPaths, caps: Caps | null): SpendView {
  const totals = existsSync(spend) ? openSpending({ path: spend, run: 'monitor' }).totals() : null
  const usd = (nano: number | null | undefined): number | null =>
    nano === null || nano === undefined ? null : usdOf(nano)
  return {
    usd: usdOf(totals?.nano ?? 0),
    usdToday: usdOf(totals?.nanoToday ?? 0),
    calls: totals?.calls ?? 0,
    tokens: totals?.tokens ?? 0,
    most: {
      usd: usd(caps?.nano),
      usdToday: usd(caps?.nanoPerDay),
      calls: caps?.calls ?? null,
      tokens: caps?.tokens ?? null,
    },
  }
}
