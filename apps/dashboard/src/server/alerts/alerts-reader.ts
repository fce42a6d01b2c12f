import { join } from 'node:path'
import { processState } from '@hotcb/journal'
import { BUILT_IN_ALERTS, describeNotifyRule, type NotifyRule, readPageRule } from '@hotcb/notify'
import { type JsonObject, messageOf, runFiles } from '@hotcb/protocol'
import { createHoldFold } from '@hotcb/run'
import type { AlertRuleDraft, AlertsDocument, ShownAlertRule } from '../../shared/alerts.ts'
import { KeptLines } from '../kept-lines.ts'
import { type Entries, type Entry, openSharedDocument, type SharedDocument } from '../labels/shared-document.ts'
import { notFound, Problem } from '../problem.ts'
import { alertLine, foldAlerts, openSeenAlerts, withSeen } from './seen-alerts.ts'

const MOST_OWN_RULES = 50

/** Reads one run's alerts, and the custom rules in its directory. */
export class AlertsReader {
  readonly #log: KeptLines<JsonObject>
  readonly #seen: SharedDocument
  readonly #rules: SharedDocument

  constructor(dir: string, roots: readonly string[]) {
    this.#log = new KeptLines(join(dir, runFiles.notify), roots, alertLine)
    this.#seen = openSeenAlerts(dir, roots)
    this.#rules = openSharedDocument(join(dir, runFiles.alerts), 'rules', roots)
  }

  /** Returns the current alerts and rules. A file that cannot be read is reported in `problem`. */
  async document(): Promise<AlertsDocument> {
    let problem: string | null = null
    await this.#log.refresh().catch((error: unknown) => {
      problem = messageOf(error)
    })
    const [seen, rules] = await Promise.all([this.#seen.read(), this.#rules.read()])
    const lines = this.#log.lines
    return {
      alerts: withSeen(foldAlerts(lines).alerts(), seen.entries),
      rules: [...BUILT_IN_ALERTS.map((rule) => shown(rule, null)), ...ownRules(rules.entries)],
      watched: isWatched(lines),
      problem: problem ?? seen.problem ?? rules.problem,
    }
  }

  /** Records that a person has seen alerts. @throws Problem if an alert does not exist. */
  async acknowledge(ids: readonly string[], by: string | null): Promise<void> {
    await this.#log.refresh()
    const known = new Set(
      foldAlerts(this.#log.lines)
        .alerts()
        .map(({ id }) => id),
    )
    const unknown = ids.find((id) => !known.has(id))
    if (unknown !== undefined) throw notFound(`alert \`${unknown.slice(0, 100)}\``)
    const at = Math.round(Date.now() / 1000)
    // Only the first person who saw the alert is recorded.
    const apply = (entry: Entry | undefined): Entry => entry ?? { by, at }
    await this.#seen.change(new Map(ids.map((id) => [id, { apply }])))
  }

  /** Saves a rule. @throws Problem if the rule is invalid, or another person changed it. */
  async saveRule({ id, version, ...fields }: AlertRuleDraft, author: string | null): Promise<void> {
    const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
    const read = readPageRule(id, given)
    if (!read.ok) throw new Problem(400, 'bad_request', read.problem)
    const { entries } = await this.#rules.read()
    if (version === null && ownRules(entries).length >= MOST_OWN_RULES)
      throw new Problem(409, 'unavailable', `a run has at most ${MOST_OWN_RULES} custom rules: delete one first`)
    const check = (entry: Entry | undefined): void => checkVersion(id, entry, version)
    await this.#rules.change(new Map([[id, { check, apply: () => ({ ...given, author }) }]]))
  }

  async removeRule(id: string, version: number): Promise<void> {
    const check = (entry: Entry | undefined): void => {
      if (!isLive(entry)) throw notFound(`rule \`${id.slice(0, 100)}\``)
      checkVersion(id, entry, version)
    }
    // The entry is kept, marked as deleted. If it were removed, another server could restore the rule.
    await this.#rules.change(new Map([[id, { check, apply: () => ({ deleted: true }) }]]))
  }

  close(): Promise<void> {
    return this.#log.close()
  }
}

function ownRules(entries: Entries): readonly ShownAlertRule[] {
  return [...entries].flatMap(([id, entry]) => {
    const read = isLive(entry) ? readPageRule(id, entry) : undefined
    return read?.ok === true ? [shown(read.rule, entry)] : []
  })
}

function shown(rule: NotifyRule, entry: Entry | null): ShownAlertRule {
  const { id, level } = rule
  const author = entry?.['author']
  const own = entry === null ? null : { author: typeof author === 'string' ? author : null, version: versionOf(entry) }
  return { id, level, what: describeNotifyRule(rule, { channels: [] }).what, own }
}

function isLive(entry: Entry | undefined): entry is Entry {
  return entry !== undefined && entry['deleted'] !== true
}

function versionOf(entry: Entry): number {
  const rev = entry['rev']
  return typeof rev === 'number' ? rev : 0
}

function checkVersion(id: string, entry: Entry | undefined, version: number | null): void {
  const now = isLive(entry) ? versionOf(entry) : null
  if (now === version) return
  const what = `rule \`${id.slice(0, 100)}\``
  const message = now === null ? `${what} was deleted` : `${what} already exists, or another person changed it`
  throw new Problem(409, 'changed', `${message}: reload it before saving`)
}

/** Whether the process that writes the log may still be running. */
function isWatched(lines: readonly JsonObject[]): boolean {
  const fold = createHoldFold()
  for (const line of lines) fold.take(line)
  const { holder, hasEnded } = fold
  return holder !== undefined && !hasEnded && processState(holder.pid, holder.start) !== 'gone'
}
