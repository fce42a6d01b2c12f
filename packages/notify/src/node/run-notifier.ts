import { existsSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { type LedgerLine, messageOf, oneLine, runFiles } from '@hotcb/protocol'
import { decisionText, describe, failureReason } from '@hotcb/run'
import { openHold, type Run, readHolder } from '@hotcb/run/node'
import { alertRules } from '../alerts/alert-rules.ts'
import type { ButtonPress } from '../button.ts'
import type { RuleEvent } from '../engine/edge-book.ts'
import { createNotifyEngine, type NotifyEngine } from '../engine/engine.ts'
import type { NotifyFacts } from '../engine/facts.ts'
import { composeMessage } from '../engine/message.ts'
import type { RememberedRun } from '../engine/states.ts'
import type { NotifyLine } from '../log-line.ts'
import { createNotifyHistoryFold, type NotifyHistory } from '../story.ts'
import type { NotifyConfig } from '../types.ts'
import type { Answers, TakePress } from './answers.ts'
import type { ApprovalPort } from './channel.ts'
import type { Dispatcher } from './dispatcher.ts'
import { runTag } from './machine-key.ts'
import { LONGEST_ABSENCE_SECONDS, type Outbox, openOutbox } from './outbox.ts'
import { watchPageRules } from './page-rules-file.ts'
import { type RunWatch, watchRun } from './watch-run.ts'

/** `alerts` watches a run without a configuration: it sends no messages, and any notifier may replace it. */
export type NotifierEngine = 'notifier' | 'alerts'

/** Options for one run's notifier. */
export interface RunNotifierPorts {
  readonly config: Pick<NotifyConfig, 'rules'>
  readonly dispatcher: Dispatcher
  /** Null if nobody can answer from a chat. */
  readonly answers: Answers | null
  readonly approvals: ApprovalPort | null
  /** The kind of this holder. A `notifier` replaces one that only records alerts. */
  readonly engine: NotifierEngine
  /** Removes secrets from a string. */
  scrub(text: string): string
  /** Reports a problem to the person at the terminal, in one line. */
  onTrouble(text: string): void
}

/** Reports the events of one run. */
export interface RunNotifier {
  readonly dir: string
  /** Checks the run and sends the messages that are due. False once another notifier has taken over. */
  look(): boolean
  close(): void
}

/**
 * Claims a run's delivery log, and watches the run from its live end.
 *
 * @throws RunError `held` while another notifier is running, and the errors from `openRun`; JournalError if the log cannot be opened.
 */
export function openRunNotifier(dir: string, ports: RunNotifierPorts, takeOver = false): RunNotifier {
  const name = basename(resolve(dir))
  const tag = runTag(dir)
  const say = createSay(name, ports)
  const awaySince = modifiedSeconds(join(dir, runFiles.notify))
  const fold = createNotifyHistoryFold()
  const hold = openHold(dir, runFiles.notify, {
    engine: ports.engine,
    takeOver: takeOver || (ports.engine === 'notifier' && isHeldForAlerts(dir)),
    onLine: (line) => fold.take(line),
    onSuperseded: ({ pid }) => say(`another notifier has taken over (process ${pid ?? '?'}); this one will stop`),
  })
  const isBack = awaySince !== null && Date.now() / 1000 - awaySince <= LONGEST_ABSENCE_SECONDS
  const watch = watchRun(dir, { newSince: isBack ? awaySince : Date.now() / 1000, describeLine })
  const own = watchPageRules(dir)
  const { rules: configured } = ports.config
  const engine = openEngine(watch, alertRules(configured, own.rules()), isBack ? fold.story() : undefined)
  const answers = ports.approvals === null ? null : ports.answers
  const outbox = openOutbox(hold, tag, { dispatcher: ports.dispatcher, answers, say })
  outbox.recover(fold.story())
  // After a long absence, the log would show conditions as ongoing that may be over.
  if (!isBack) outbox.post(endLines(openEdges(fold.story()), { now: Date.now() / 1000, step: null }), [])
  if (ports.approvals !== null) answers?.register(tag, pressTaker(dir, outbox, ports.approvals, ports.scrub))
  return {
    dir,
    look() {
      if (!hold.look()) return false
      const ended = own.look() ? engine.setRules(alertRules(configured, own.rules())) : []
      const before = engine.sighted
      const { facts, records, answered } = watch.look()
      const events = [...records.flatMap((record) => engine.record(record, facts.now)), ...engine.look(facts)]
      if (events.length > 0 || ended.length > 0 || !isSameSight(before, engine.sighted)) {
        const messages = events.map((event) => ({
          key: event.key,
          message: composeMessage(event, name),
          channels: event.rule.channels,
        }))
        outbox.post([...endLines(ended, facts), ...linesOf(events, name, before, engine.sighted)], messages)
      }
      for (const { action, says } of answered) outbox.closeQuestion(action, says)
      for (const trouble of [...own.troubles(), ...engine.troubles()]) say(trouble)
      return true
    },
    close() {
      answers?.unregister(tag)
      outbox.close()
      watch.close()
      hold.close()
    },
  }
}

/** Whether the log is held by a program that does not send messages. */
function isHeldForAlerts(dir: string): boolean {
  if (!existsSync(join(dir, runFiles.notify))) return false
  const engine: NotifierEngine = 'alerts'
  return readHolder({ dir, within: undefined }, runFiles.notify)?.holder.engine === engine
}

function openEngine(watch: RunWatch, rules: NotifyConfig['rules'], story: NotifyHistory | undefined): NotifyEngine {
  const sighted = story?.sighted
  const engine = createNotifyEngine({
    rules,
    keyMetric: watch.keyMetric,
    scope: watch.scope,
    story: story === undefined || sighted === undefined ? undefined : { edges: story.edges, sighted },
  })
  for (const record of watch.history) engine.fill(record)
  return engine
}

function openEdges({ edges }: NotifyHistory): readonly string[] {
  return [...edges].filter(([, { phase }]) => phase !== 'recovered').map(([key]) => key)
}

/** Returns the lines that end the findings from rules that are no longer used. */
function endLines(keys: readonly string[], { now, step }: Pick<NotifyFacts, 'now' | 'step'>): readonly NotifyLine[] {
  return keys.map((key) => ({ kind: 'edge', ts: now, key, phase: 'recovered', step, message: null }))
}

function linesOf(
  events: readonly RuleEvent[],
  run: string,
  before: RememberedRun,
  sighted: RememberedRun,
): readonly NotifyLine[] {
  const edges = events.map((event): NotifyLine => {
    const { key, phase, at } = event
    const message = phase === 'opened' ? composeMessage(event, run) : null
    return { kind: 'edge', ts: at.now, key, phase, step: at.step, message }
  })
  return isSameSight(before, sighted) ? edges : [...edges, { kind: 'seen', ts: Date.now() / 1000, sighted }]
}

/** Passes a button press to the autopilot, and records who answered and the result. */
function pressTaker(dir: string, outbox: Outbox, approvals: ApprovalPort, scrub: (text: string) => string): TakePress {
  const ask = async ({ action, verdict }: ButtonPress, author: string): Promise<string> => {
    try {
      if (verdict === 'approve') return await approvals.approve(dir, action, author)
      return await approvals.reject(dir, action, author, 'rejected in a chat')
    } catch (error) {
      return messageOf(error)
    }
  }
  return async (press, author) => {
    const outcome = oneLine(scrub(await ask(press, author)), LONGEST_OUTCOME)
    const { action, verdict } = press
    outbox.post([{ kind: 'answer', ts: Date.now() / 1000, action, verdict, author, outcome }], [])
    return outcome
  }
}

const LONGEST_OUTCOME = 500

/** Returns the ledger's answer to a proposal: `applied at step 412 by telegram:7: lr 0.1 → 0.05`. */
function describeLine(run: Run, { value }: { readonly value: LedgerLine }): string {
  const { step, author } = value
  const at = step === null ? '' : ` at step ${step}`
  const by = author === null || author === undefined ? '' : ` by ${author}`
  const reason = failureReason(value)
  const what = describe(value, { table: run.modules() })
  return `${decisionText(value)}${at}${by}: ${what}${reason === null ? '' : `: ${reason}`}`
}

function isSameSight(a: RememberedRun, b: RememberedRun): boolean {
  return a.wasAlive === b.wasAlive && a.attempt === b.attempt && a.wasClosed === b.wasClosed
}

/** When a log was last written or touched, epoch seconds; null if there is no log. */
function modifiedSeconds(path: string): number | null {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats === undefined ? null : stats.mtimeMs / 1000
}

/** Reports a message only if it differs from the last one. */
function createSay(
  name: string,
  { scrub, onTrouble }: Pick<RunNotifierPorts, 'scrub' | 'onTrouble'>,
): (text: string) => void {
  let last = ''
  return (text) => {
    const clean = oneLine(scrub(`${name}: ${text}`))
    if (clean !== last) onTrouble(clean)
    last = clean
  }
}
