import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { type RowAlerts, rowAlerts } from '../../shared/alerts.ts'
import type { SharedDocument } from '../labels/shared-document.ts'
import { lastLinesOf, stampOf } from '../run-files.ts'
import type { FoundRun } from '../run-finder.ts'
import { alertLine, foldAlerts, openSeenAlerts, withSeen } from './seen-alerts.ts'

const LOG_BYTES = 65_536

/** Reads the alerts that a run's table row shows, from the end of the run's log. */
export class RowAlertsReader {
  readonly #run: FoundRun
  #seen: SharedDocument | undefined
  #stamp = ''
  alerts: RowAlerts | null = null

  constructor(run: FoundRun) {
    this.#run = run
  }

  /** Rereads the files if they have changed. @throws JournalError if a file cannot be read. */
  async refresh(): Promise<void> {
    const { dir, roots } = this.#run
    const path = join(dir, runFiles.notify)
    const log = await stampOf(path, roots)
    if (log.stamp === '') {
      this.alerts = null
      return
    }
    const seenStamp = await stampOf(join(dir, runFiles.alertsSeen), roots)
    const stamp = `${log.stamp} ${seenStamp.stamp}`
    if (stamp === this.#stamp) return
    const end = await lastLinesOf(path, LOG_BYTES, roots)
    const lines = end.map(({ text }) => alertLine(text))
    // Without alerts there is no need to read who has seen them.
    const alerts = foldAlerts(lines.filter((line) => line !== undefined)).alerts()
    this.#seen ??= openSeenAlerts(dir, roots)
    const seen = alerts.length === 0 ? new Map() : (await this.#seen.read()).entries
    this.alerts = rowAlerts(withSeen(alerts, seen))
    this.#stamp = stamp
  }
}
