import { join } from 'node:path'
import { type Alert, type AlertFold, createAlertFold } from '@hotcb/notify'
import { isObject, type JsonObject, parseJson, runFiles } from '@hotcb/protocol'
import type { ShownAlert } from '../../shared/alerts.ts'
import { type Entries, openSharedDocument, type SharedDocument } from '../labels/shared-document.ts'

/** Opens the document that records who has seen which of a run's alerts. */
export function openSeenAlerts(dir: string, roots: readonly string[]): SharedDocument {
  return openSharedDocument(join(dir, runFiles.alertsSeen), 'alerts', roots)
}

/** Adds the people who have seen each alert. The newest alert comes first. */
export function withSeen(alerts: readonly Alert[], seen: Entries): readonly ShownAlert[] {
  return alerts
    .map((alert) => {
      const { by, at } = seen.get(alert.id) ?? {}
      const acknowledged = typeof at === 'number' ? { by: typeof by === 'string' ? by : null, at } : null
      return { ...alert, acknowledged }
    })
    .toReversed()
}

/** Parses a line of `hotcb.notify.jsonl`; undefined if it does not concern alerts. */
export function alertLine(text: string): JsonObject | undefined {
  if (!/"kind":"(?:begin|end|edge)"/.test(text)) return undefined
  const parsed = parseJson(text)
  // The output of a JSON parser is JSON.
  return parsed.ok && isObject(parsed.value) ? (parsed.value as JsonObject) : undefined
}

/** Folds the lines of a log, or of its end, into alerts. */
export function foldAlerts(lines: Iterable<JsonObject>): AlertFold {
  const fold = createAlertFold()
  for (const line of lines) fold.take(line)
  return fold
}
