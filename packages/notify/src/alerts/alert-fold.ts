import type { JsonObject } from '@hotcb/protocol'
import { createHoldFold } from '@hotcb/run'
import { type NotifyEdge, readNotifyLine } from '../log-line.ts'
import type { MessageLevel, NotifyMessage } from '../types.ts'

/** A problem in a run, from its start to its end. */
export interface Alert {
  /** The ID, which is unique in the run and the same for every reader of the log. */
  readonly id: string
  /** The rule that found it. */
  readonly rule: string
  readonly level: MessageLevel
  /** A short description of what happened, without the run's name: `val_loss is not finite`. */
  readonly title: string
  /** The reason, in one line. */
  readonly text: string
  /** Null for a rule about the whole run. */
  readonly metric: string | null
  /** The value that the rule found; null if it is not a finite number. */
  readonly value: number | null
  /** The step at which the problem started. */
  readonly step: number | null
  /** Epoch seconds. */
  readonly opened: number
  /** When it was last reported, epoch seconds. */
  readonly seen: number
  /** When it ended, epoch seconds; null while it lasts. */
  readonly ended: number | null
}

/** Reads `hotcb.notify.jsonl`, line after line. */
export interface AlertFold {
  take(line: JsonObject): void
  /** The alerts in the order in which they started; at most the latest 200. */
  alerts(): readonly Alert[]
}

const MOST_ALERTS = 200

/** Creates an empty fold. Only rules with the level `warning` or `critical` create alerts. */
export function createAlertFold(): AlertFold {
  const hold = createHoldFold()
  const all = new Map<string, Alert>()
  /** The open alert of each rule and subject, by key. */
  const open = new Map<string, string>()
  const begin = (line: NotifyEdge, message: NotifyMessage): void => {
    const id = `${line.key}@${line.ts}`
    open.set(line.key, id)
    all.set(id, alertOf(id, line, message))
    for (const oldest of all.keys()) {
      if (all.size <= MOST_ALERTS) break
      all.delete(oldest)
    }
  }
  const change = (key: string, fields: Partial<Alert>): void => {
    const id = open.get(key) ?? ''
    const alert = all.get(id)
    if (alert !== undefined) all.set(id, { ...alert, ...fields })
  }
  return {
    take(raw) {
      if (hold.take(raw) !== 'line') return
      const line = readNotifyLine(raw)
      if (line?.kind !== 'edge') return
      if (line.phase === 'recovered') {
        change(line.key, { ended: line.ts })
        open.delete(line.key)
      } else if (open.has(line.key)) change(line.key, { seen: line.ts })
      else if (line.message !== null && line.message.level !== 'info') begin(line, line.message)
    },
    alerts: () => [...all.values()],
  }
}

function alertOf(id: string, { ts, step }: NotifyEdge, message: NotifyMessage): Alert {
  const { rule, level, title, text, run, metric, value } = message
  const short = title.startsWith(`${run}: `) ? title.slice(run.length + 2) : title
  return { id, rule, level, title: short, text, metric, value, step, opened: ts, seen: ts, ended: null }
}
