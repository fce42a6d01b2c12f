import { join } from 'node:path'
import { type Alert, type AlertFold, createAlertFold } from '@hotcb/notify'
import { isObject, type JsonObject, parseJson, runFiles } from '@hotcb/protocol'
import type { ShownAlert } from '../../shared/alerts.ts'
import { type Entries, openSharedDocument, type SharedDocument } from '../labels/shared-document.ts'

/** Opens the document that says who has seen which alerts of a run. */
export function openSeenAlerts(dir: string, roots: readonly string[]): SharedDocument {
  return openSharedDocument(join(dir, runFiles.alertsSeen), 'alerts', roots)
}

/** Alerts with those who have seen them, newest first. */
export function withSeen(alerts: readonly Alert[], seen: Entries): readonly ShownAlert[] {
  return alerts
    .map((alert) => {
      const { by, at } = seen.get(alert.id) ?? {}
      const acknowledged = typeof at === 'number' ? { by: typeof by === 'string' ? by : null, at } : null
      return { ...alert, acknowledged }
    })
    .toReversed()
}

/** A line of `hotcb.notify.jsonl` if it matters to alerts. */
export function alertLine(text: string): JsonObject | undefined {
  if (!/"kind":"(?:begin|end|edge)"/.test(text)) return undefined
  const parsed = parseJson(text)
  // What came out of a JSON parser is JSON.
  return parsed.ok && isObject(parsed.value) ? (parsed.value as JsonObject) : undefined
}

/** Reads lines from the beginning of a log, or of the part of it that is read. */
export function foldAlerts(lines: Iterable<JsonObject>): AlertFold {
  const fold = createAlertFold()
  for (const line of lines) fold.take(line)
  return fold
}
