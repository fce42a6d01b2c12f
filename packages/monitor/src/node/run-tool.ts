import { createHash } from 'node:crypto'
import type { ToolCall } from '@hotcb/llm'
import { sameJson } from '@hotcb/protocol'
import type { MonitorConfig } from '../config.ts'
import type { PlotWish } from '../plot-wish.ts'
import { actOf } from '../tools/act-of.ts'
import { checkArguments, readToolArguments } from '../tools/arguments.ts'
import type { ToolSpec } from '../tools/spec.ts'
import { findTool } from '../tools/table.ts'
import type { Outlook } from '../types.ts'
import type { Actor } from './actor.ts'
import type { ToolResult } from './converse.ts'
import { addToChat, readUserPrompt, writePlan } from './monitor-files.ts'
import { readOutlook } from './outlook.ts'
import { drawPlot } from './plot.ts'
import type { Poster } from './post.ts'
import { READ_TOOLS, type ReadParts } from './read-tools.ts'
import { resultsFile } from './tables.ts'

/** What tools have decided about the tick itself. */
export interface TickWishes {
  delaySeconds: number | null
  halted: string | null
  promptSha256: string | null
  /** Whether a message was posted. */
  hasSpoken: boolean
}

export interface ToolParts extends ReadParts {
  readonly config: MonitorConfig
  readonly actor: Actor
  readonly post: Poster
  readonly wishes: TickWishes
  readonly nowMs: () => number
  /** Removes secrets. */
  readonly scrub: (text: string) => string
}

type Arguments = Readonly<Record<string, unknown>>

/** Carries out one tool call if its class is allowed. */
export async function runTool(parts: ToolParts, call: ToolCall): Promise<ToolResult> {
  const spec = findTool(call.name)
  const log = (more: Readonly<Record<string, unknown>>): void =>
    parts.actor.log('tool', { tool: call.name.slice(0, 60), class: spec?.class ?? null, ...more })
  if (spec === undefined) {
    log({ refused: 'unknown tool' })
    return wrong(`unknown tool \`${call.name.slice(0, 60)}\``)
  }
  const read = readToolArguments(spec, call.arguments)
  if (!read.ok) {
    log({ refused: read.reason })
    return wrong(read.reason)
  }
  const reader = READ_TOOLS[spec.name]
  if (spec.class === 'read' && reader !== undefined) {
    log({ args: read.value })
    return right(reader(parts, read.value))
  }
  const note = NOTES[spec.name]
  if (spec.class === 'note' && note !== undefined) return note(parts, read.value, log)
  return change(parts, spec, read.value, log)
}

type Log = (more: Readonly<Record<string, unknown>>) => void

async function change(parts: ToolParts, spec: ToolSpec, args: Arguments, log: Log): Promise<ToolResult> {
  const { actor, config, workspace, nowMs } = parts
  const outlook = await readOutlook(workspace, nowMs() / 1000)
  const decided = actOf(spec, args, outlook, config)
  if (!decided.ok) {
    log({ args, refused: decided.reason })
    return { isWrong: false, result: { refused: decided.reason } }
  }
  const act = decided.value
  const permission = config.permissions[act.class]
  if (permission === 'never') {
    const refused = `the config allows no ${act.class} acts (\`monitor.allow.${act.class}\`)`
    log({ args, refused })
    return { isWrong: false, result: { refused } }
  }
  if (permission === 'ask') return propose(parts, act)
  const { ok, text } = await actor.act(act)
  return right(ok ? { done: text } : { failed: text })
}

async function propose({ actor, post }: ToolParts, act: Parameters<Actor['propose']>[0]): Promise<ToolResult> {
  const same = [...actor.fold.proposals.values()].find(
    (one) => one.state === 'open' && sameJson(one.act.args, act.args) && one.act.tool === act.tool,
  )
  if (same !== undefined)
    return right({ proposed: same.id, note: 'it was already proposed and is waiting for an answer' })
  const proposal = actor.propose(act, questionOf(act))
  await post({ kind: 'question', text: proposal.text, proposal: proposal.id })
  return right({ proposed: proposal.id, note: 'it was proposed to the operators' })
}

/** Phrases an act as a question. */
export function questionOf({ tool, args, reason }: Parameters<Actor['propose']>[0]): string {
  const { reason: _, ...rest } = args
  const given = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`
  return `${tool}${given}?${reason === '' ? '' : ` ${reason}`}`
}

const NOTES: Readonly<
  Record<string, (parts: ToolParts, args: Arguments, log: Log) => Promise<ToolResult> | ToolResult>
> = {
  write_plan({ paths, scrub }, { plan }, log) {
    writePlan(paths, scrub(String(plan)))
    log({ args: { plan: String(plan).slice(0, 200) } })
    return right({ done: 'written' })
  },
  mark_user_prompt_read({ paths, wishes }, { sha256 }, log) {
    const text = readUserPrompt(paths)
    const own = text === null ? null : sha256Of(text)
    if (own !== sha256) return { isWrong: false, result: { refused: 'PROMPT.md has changed; read it again' } }
    wishes.promptSha256 = own
    log({ args: { sha256 } })
    return right({ done: 'marked' })
  },
  async msg(parts, { text }) {
    return say(parts, 'msg', { kind: 'message', text: String(text) })
  },
  async msg_thread(parts, { index, text }) {
    requireKnown(parts.outlook, index)
    return say(parts, 'msg_thread', { kind: 'message', text: String(text), trial: Number(index) })
  },
  async tick_summary(parts, { text }) {
    return say(parts, 'tick_summary', { kind: 'summary', text: String(text) })
  },
  async post_results_table(parts, { caption }) {
    return say(parts, 'post_results_table', { kind: 'message', text: String(caption), file: resultsFile(parts) })
  },
  async post_plot(parts, { kind = 'curves', metric, trials = null, smooth = 1, caption }) {
    // The arguments were checked against their description.
    const wish = { kind, metric: metric ?? null, trials, smooth } as PlotWish
    const { text, file } = await drawPlot(parts, wish)
    return say(parts, 'post_plot', {
      kind: 'message',
      text: caption === undefined ? text : `${caption} (${text})`,
      file,
    })
  },
  schedule_next({ wishes }, { delay_seconds: delay }, log) {
    wishes.delaySeconds = Math.min(3600, Math.max(60, Number(delay)))
    log({ args: { delay_seconds: wishes.delaySeconds } })
    return right({ done: `in ${wishes.delaySeconds} s` })
  },
  halt({ wishes, outlook }, { reason }, log) {
    const live = outlook.trials.filter(({ state }) => state === 'running' || state === 'queued' || state === 'waiting')
    if (live.length > 0)
      return { isWrong: false, result: { refused: `${live.length} trials are still running or waiting` } }
    wishes.halted = `${reason}`
    log({ args: { reason } })
    return right({ done: 'the monitor will stop after this tick' })
  },
  async propose(parts, { tool, arguments: given, reason }, log) {
    const spec = findTool(String(tool))
    if (spec === undefined || spec.class === 'read' || spec.class === 'note')
      return wrong(`\`${String(tool).slice(0, 60)}\` is not a tool that changes anything`)
    const read = checkArguments(spec, { ...(given as object), ...(Object.hasOwn(spec.args, 'reason') && { reason }) })
    // The arguments were checked against their description: an object.
    if (!read.ok) return wrong(read.reason)
    const decided = actOf(spec, read.value, await readOutlook(parts.workspace, parts.nowMs() / 1000), parts.config)
    if (!decided.ok) {
      log({ refused: decided.reason })
      return { isWrong: false, result: { refused: decided.reason } }
    }
    return propose(parts, decided.value)
  },
}

/** Posts a message once: a tick that is repeated after a kill does not post it again. */
async function say(parts: ToolParts, event: string, post: Parameters<Poster>[0]): Promise<ToolResult> {
  const { actor, paths, wishes, nowMs } = parts
  const text = parts.scrub(post.text).slice(0, LONGEST_POST)
  wishes.hasSpoken ||= event.startsWith('msg')
  if (text.trim() === '') return wrong('the text is empty')
  if (actor.fold.said.has(text)) return right({ done: 'it has already been posted' })
  actor.log(event, { text, ...(post.trial !== undefined && { index: post.trial }) })
  const timestamp = new Date(nowMs()).toISOString()
  if (event.startsWith('msg')) addToChat(paths, { timestamp, role: 'agent', author: 'agent', via: 'monitor', text })
  await parts.post({ ...post, text })
  return right({ done: 'posted' })
}

const LONGEST_POST = 6000

function requireKnown({ trials }: Outlook, index: unknown): void {
  if (!trials.some(({ i }) => i === index)) throw new Error(`trial ${String(index)} does not exist`)
}

export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function right(result: object): ToolResult {
  return { isWrong: false, result }
}

function wrong(refused: string): ToolResult {
  return { isWrong: true, result: { refused } }
}
