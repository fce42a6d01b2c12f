import { selectNames } from '@hotcb/protocol'
/** One chart, whose metrics share an axis. */
export interface ChartSpec {
  /** The chart's title, which is also its key in links. */
  readonly title: string
  readonly names: readonly string[]
}

/** The charts under one heading. */
export interface ChartGroup {
  readonly title: string
  readonly charts: readonly ChartSpec[]
}

/**
 * Sorts metrics into groups by prefix, and into charts by the measured quantity: `train_loss` and `val_loss` share a chart, and
 * `layers/007/grad_norm` is under `layers`. Metrics without a prefix come first; `sys` and `time` come last.
 */
export function groupCharts(names: readonly string[]): ChartGroup[] {
  const groups = new Map<string, Map<string, string[]>>()
  for (const name of names) {
    const { group, chart } = placeOf(name)
    const charts = groups.get(group) ?? new Map<string, string[]>()
    groups.set(group, charts)
    charts.set(chart, [...(charts.get(chart) ?? []), name])
  }
  return [...groups]
    .sort(([a], [b]) => rank(a) - rank(b) || compare(a, b))
    .map(([title, charts]) => {
      const sorted = [...charts].sort(([a], [b]) => compare(a, b))
      return { title, charts: sorted.map(([chart, members]) => ({ title: titleOf(chart, members), names: members })) }
    })
}

/** Returns the names that match every word of a search. The pattern syntax is the same as in the protocol's `selectNames`. */
export function matchNames(names: readonly string[], search: string): readonly string[] {
  const tests = search
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '')
    .map(testOf)
  return tests.length === 0 ? names : names.filter((name) => tests.every((test) => test(name)))
}

function testOf(word: string): (name: string) => boolean {
  const read = selectNames('search', word, { isSearch: true })
  // While a pattern is being typed and still incomplete, it is treated as plain text.
  return read.ok ? read.value : (name) => name.toLowerCase().includes(word.toLowerCase())
}

/** Heading for metrics without a prefix. */
export const PLAIN_GROUP = 'metrics'

const STAGE = /^(train|training|val|valid|validation|eval|test)([_/.])(.+)$/

// All ranks share a chart, so that they can be compared.
const RANK = /\/rank\d+$/

function placeOf(name: string): { readonly group: string; readonly chart: string } {
  const stage = STAGE.exec(name)
  if (stage !== null) {
    const rest = stage[3] ?? name
    return rest.includes('/')
      ? { group: rest.slice(0, rest.indexOf('/')), chart: rest }
      : { group: PLAIN_GROUP, chart: rest }
  }
  const slash = name.indexOf('/')
  return slash > 0
    ? { group: name.slice(0, slash), chart: name.replace(RANK, '') }
    : { group: PLAIN_GROUP, chart: name }
}

function titleOf(chart: string, members: readonly string[]): string {
  return members.length === 1 ? (members[0] ?? chart) : chart
}

function rank(group: string): number {
  if (group === PLAIN_GROUP) return 0
  return group === 'sys' || group === 'time' ? 2 : 1
}

// Losses first, then accuracies, then the rest. Numbers within names are compared by value.
function compare(a: string, b: string): number {
  return weight(a) - weight(b) || COLLATOR.compare(a, b)
}

function weight(name: string): number {
  if (name.startsWith('sys/')) return systemWeight(name)
  if (/loss/i.test(name)) return 0
  return /acc|f1|auc|reward|score/i.test(name) ? 1 : 2
}

// The metrics that people usually check first come first; values that never change come last.
function systemWeight(name: string): number {
  if (/\/cores$|_total(_|$)/.test(name)) return 4
  const at = [/cpu/, /memory|rss/, /gpu/].findIndex((part) => part.test(name))
  return at < 0 ? 3 : at
}

const COLLATOR = new Intl.Collator('en', { numeric: true })
