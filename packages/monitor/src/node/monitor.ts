import { statSync } from 'node:fs'
import { messageOf, printable } from '@hotcb/protocol'
import { environmentOf, loadConfig, type Workspace } from '@hotcb/sweep/node'
import { deltaSince, wakes } from '../delta.ts'
import { totalsOf } from '../prompt/tick-state.ts'
import { triage } from '../triage/triage.ts'
import type { Trigger } from '../types.ts'
import { openActor } from './actor.ts'
import { type Channels, openChannels } from './channels/open-channels.ts'
import { monitorPaths, readInbox } from './monitor-files.ts'
import type { MonitorParts, MonitorPort } from './monitor-parts.ts'
import { becomeMonitor, RENEW_MS } from './one-monitor.ts'
import { readOutlook } from './outlook.ts'
import { scrubbedPost } from './post.ts'
import { ruleDecisions } from './rule-decisions.ts'
import { environmentScrub, loadMonitorConfig, openModel } from './setup.ts'
import { keepDriven, spendText, type TickReport, tick } from './tick.ts'
import { readTickRecord, type TickRecord } from './tick-record.ts'

/** Options for a monitor. */
export interface MonitorOptions {
  readonly port: MonitorPort
  /** Whether to use only rules and commands, without a model. */
  readonly noAgent?: boolean
  /** Runs only one tick, with this trigger. */
  readonly once?: Trigger
  /** The number of ticks after which it stops. */
  readonly maxTicks?: number
  /** Whether to print posts instead of using chats. */
  readonly consoleOnly?: boolean
  /** Whether to use chats even if another sweep's monitor uses them. */
  readonly forceChat?: boolean
  readonly signal: AbortSignal
  /** Returns epoch milliseconds. Default: the system clock. */
  readonly nowMs?: () => number
}

/** Why a monitor stopped. */
export interface MonitorEnd {
  readonly ticks: number
  /** `halted`: nothing was left to do. `stopped`: by a signal, a command, or `maxTicks`. */
  readonly why: 'halted' | 'stopped' | 'once'
  readonly last: TickReport | null
}

/** After this many consecutive ticks without a usable answer, the model is not called until a person writes. */
const MOST_FAILURES = 5

/**
 * Operates a sweep until nothing is left to do or the monitor is stopped. It can be killed at any moment, and restarted here or on another
 * machine. The next monitor finishes acts that were begun, each exactly once.
 *
 * @throws SweepError `config`; `claimed` if another monitor is running here or another sweep's monitor uses the same chat; `superseded` if
 *   another monitor has taken over.
 */
export async function runMonitor(workspace: Workspace, options: MonitorOptions): Promise<MonitorEnd> {
  const { nowMs = Date.now, signal } = options
  const { root, state } = workspace.paths
  // Keys and tokens may be in `.env`, like the variables of trials.
  const port = { ...options.port, env: environmentOf(root, options.port.env) }
  const paths = monitorPaths(root, state)
  const config = loadMonitorConfig(loadConfig(workspace.paths).text)
  const model = options.noAgent === true ? null : openModel(workspace, paths, config, port.env)
  if (model !== null && model.problem !== null) port.line(`no model is used: ${model.problem}`)
  const fromEnvironment = environmentScrub(root, port.env)
  const sign = await becomeMonitor(workspace, paths)
  const end = new AbortController()
  const health: Health = { word: 'running', ticks: 0, why: null, asks: true, inbox: 0 }
  // Channel tasks wait for the current tick and vice versa, so that acts never overlap.
  const queue: (() => Promise<void>)[] = []
  const channels = await openChannels(config.chat, {
    ...{ port, root, state, nowMs },
    consoleOnly: options.consoleOnly === true,
    forceChat: options.forceChat === true,
    sweep: loadConfig(workspace.paths).config.name,
  }).catch((error: unknown) => {
    sign.release()
    throw error
  })
  const scrub = (text: string): string => channels.scrub(fromEnvironment(model?.scrub(text) ?? text))
  const actor = openActor({ workspace, paths, nowMs, scrub, check: () => sign.check(), onActed: () => undefined })
  const parts: MonitorParts = {
    ...{ workspace, paths, config, actor, sign, port, scrub, nowMs },
    hasThreads: channels.hasThreads,
    // The current tick is finished before the monitor stops.
    signal: new AbortController().signal,
    setup: model?.setup ?? null,
    post: async (post) => {
      for (const trouble of await channels.post(scrubbedPost(post, scrub))) actor.log('channel', { trouble })
    },
    stop: () => end.abort(),
  }
  const renew = (): void => {
    const spent = spendText(parts.setup)
    sign.renew({ health: health.word, ticks: health.ticks, why: health.why, spend: spent, tick: actor.fold.tick })
    channels.renew()
  }
  const renewal = setInterval(renew, RENEW_MS)
  signal.addEventListener('abort', () => end.abort(), { once: true })
  if (signal.aborted) end.abort()
  try {
    await channels.listen({ parts, exclusive: (task) => void queue.push(task) })
    return await loop({ parts, options, health, renew, end: end.signal, channels, queue })
  } finally {
    clearInterval(renewal)
    await channels.close()
    sign.release()
  }
}

interface Loop {
  readonly parts: MonitorParts
  readonly options: MonitorOptions
  readonly health: Health
  readonly renew: () => void
  readonly end: AbortSignal
  readonly channels: Channels
  readonly queue: (() => Promise<void>)[]
}

interface Health {
  word: 'running' | 'degraded' | 'halted' | 'passive' | 'stopping'
  ticks: number
  /** Why the model gave no useful answer. */
  why: string | null
  /** Whether the model is called. It is not called after many consecutive failures. */
  asks: boolean
  /** The number of inbox messages that the last tick read. */
  inbox: number
}

async function loop(running: Loop): Promise<MonitorEnd> {
  const { parts, options, health } = running
  let trigger: Trigger = options.once ?? 'boot'
  for (;;) {
    const last = await oneTick(running, trigger)
    const { ticks } = health
    if (options.once !== undefined) return { ticks, why: 'once', last }
    const isOver = last.halted !== null || ticks >= (options.maxTicks ?? Number.POSITIVE_INFINITY)
    const next = isOver ? null : await nextTrigger(running, readTickRecord(parts.paths))
    if (next === null) {
      health.word = 'stopping'
      await parts.post({ kind: 'message', text: lastWords(running, last) })
      return { ticks, why: last.halted === null ? 'stopped' : 'halted', last }
    }
    health.asks ||= next === 'user_message'
    trigger = next
  }
}

function lastWords({ end }: Loop, { halted }: TickReport): string {
  if (halted !== null) return `the monitor is stopping: ${halted}`
  return `the monitor ${end.aborted ? 'was stopped' : 'is stopping'}; trials continue`
}

async function oneTick({ parts, health, renew, channels }: Loop, trigger: Trigger): Promise<TickReport> {
  const report = await tick(health.asks ? parts : { ...parts, setup: null }, trigger)
  const { failures } = readTickRecord(parts.paths)
  health.ticks++
  health.asks = failures < MOST_FAILURES
  health.why = report.failed
  health.inbox = report.inbox
  if (parts.setup === null) health.word = 'passive'
  else if (failures === 0) health.word = 'running'
  else health.word = health.asks ? 'degraded' : 'halted'
  renew()
  const troubles = await channels.show(statusOf(parts, report, health.word))
  for (const trouble of troubles) parts.actor.log('channel', { trouble })
  return report
}

const LOOK_MS = 500

/** Waits for a reason to run the next tick; null if the monitor should stop. */
async function nextTrigger(running: Loop, record: TickRecord): Promise<Trigger | null> {
  const { parts, end, queue, health } = running
  const { paths, config, nowMs } = parts
  let inboxSize = -1
  const pollMs = config.pollSeconds * 1000
  let lookedMs = nowMs()
  for (;;) {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) await task()
    if (end.aborted) return null
    const size = sizeOf(paths.inbox)
    // This includes messages that arrived during the last tick.
    if (size !== inboxSize && readInbox(paths).length > health.inbox) return 'user_message'
    inboxSize = size
    if (nowMs() / 1000 >= record.nextAt) return 'scheduled'
    if (nowMs() - lookedMs >= pollMs) {
      lookedMs = nowMs()
      const found = await lookAtSweep(running, record)
      if (found !== null) return found
    }
    await sleep(Math.min(LOOK_MS, pollMs), end)
  }
}

/** Whether something happened in the sweep since the last tick. */
async function lookAtSweep({ parts, channels }: Loop, { stamps }: TickRecord): Promise<Trigger | null> {
  const { config, nowMs, workspace, actor } = parts
  try {
    await keepDriven(parts)
    const outlook = await readOutlook(workspace, nowMs() / 1000)
    const why = wakes(deltaSince(stamps, outlook.trials))
    if (why !== null) return why
    const { made, retries, pruned } = actor.fold
    if (triage({ outlook, limits: config.triage, made, retries, pruned }).length > 0) return 'failure'
    if (ruleDecisions(parts, actor.fold, outlook).length > 0) return 'failure'
    const troubles = await channels.refresh(() => statusText(outlook.sweep, outlook.trials))
    for (const trouble of troubles) actor.log('channel', { trouble })
  } catch (error) {
    // Other problems may be temporary, so they are only logged. If another monitor takes over, this one stops.
    actor.log('trouble', { why: messageOf(error) })
  }
  return null
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', wake)
      resolve()
    }
    const timer = setTimeout(wake, ms)
    signal.addEventListener('abort', wake, { once: true })
    if (signal.aborted) wake()
  })
}

function statusText(sweep: string, trials: TickReport['outlook']['trials']): string {
  const { total, ...states } = totalsOf(trials)
  const counts = Object.entries(states).map(([state, count]) => `${state} ${count}`)
  return printable(`${sweep}: ${total} trials: ${counts.join(', ')}`)
}

function statusOf(
  { setup, nowMs }: MonitorParts,
  { tick: number, outlook, nextAt }: TickReport,
  health: string,
): string {
  const next = Math.max(0, Math.round(nextAt - nowMs() / 1000))
  return `${statusText(outlook.sweep, outlook.trials)}\n${health}, tick ${number}, next in ${next} s; ${spendText(setup)}`
}
