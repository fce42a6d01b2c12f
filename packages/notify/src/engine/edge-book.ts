import type { NotifyRule } from '../types.ts'
import { createEdge, type Edge, type EdgeEvent, type Moment, type SavedEdge } from './edge.ts'
import type { Finding } from './states.ts'

/** An event to report. */
export interface RuleEvent extends EdgeEvent {
  readonly rule: NotifyRule
  /** Identifies the edge across restarts: the rule, plus the subject if the rule has several. */
  readonly key: string
  readonly finding: Finding
  readonly metric: string | null
  readonly at: Moment
}

/** The edges of all rules, by key. An edge is a condition that begins, lasts and ends. */
export interface EdgeBook {
  /** Processes one check of a rule's subject. */
  see(rule: NotifyRule, finding: Finding, is: boolean, at: Moment, metric: string | null): readonly RuleEvent[]
  /** Ends a rule's subjects that have disappeared. */
  end(rule: NotifyRule, findings: readonly Finding[], at: Moment): readonly RuleEvent[]
  /** Records the state at the first check, which counts as history and causes no message. */
  settle(rule: NotifyRule, finding: Finding): void
  /** Drops the state of a rule that is no longer used. Returns its open keys. */
  forget(rule: NotifyRule): readonly string[]
}

/** @param told The last message that an earlier notifier sent about each edge. */
export function createEdgeBook(told: ReadonlyMap<string, SavedEdge>): EdgeBook {
  const edges = new Map<string, Edge>()
  const last = new Map<string, Finding>()
  const edgeOf = (rule: NotifyRule, key: string): Edge => {
    const known = edges.get(key) ?? createEdge(rule, told.get(key))
    edges.set(key, known)
    return known
  }
  const keysOf = (rule: NotifyRule): readonly string[] =>
    [...new Set([...edges.keys(), ...told.keys()])].filter((key) => key === rule.id || key.startsWith(`${rule.id} `))
  const book: EdgeBook = {
    see(rule, finding, is, at, metric) {
      const key = keyOf(rule, finding)
      if (is) last.set(key, finding)
      const event = edgeOf(rule, key).see(is, at)
      return event === undefined ? [] : [{ ...event, rule, key, finding: last.get(key) ?? finding, metric, at }]
    },
    end(rule, findings, at) {
      const now = new Set(findings.map((finding) => keyOf(rule, finding)))
      const gone = keysOf(rule).filter((key) => !now.has(key))
      return gone.flatMap((key) => {
        const about = key.slice(rule.id.length + 1)
        return book.see(rule, last.get(key) ?? { about, because: '' }, false, at, null)
      })
    },
    settle: (rule, finding) => edgeOf(rule, keyOf(rule, finding)).settle(true),
    forget(rule) {
      const open = keysOf(rule).filter((key) => edges.get(key)?.isOpen === true)
      for (const key of keysOf(rule)) {
        edges.delete(key)
        last.delete(key)
      }
      return open
    },
  }
  return book
}

function keyOf(rule: NotifyRule, { about }: Finding): string {
  return about === '' ? rule.id : `${rule.id} ${about}`
}
