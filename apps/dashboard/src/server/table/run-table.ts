import { type Column, type MetricStat, parseColumn, parseTableSorting } from '../../shared/table/column.ts'
import { comparedNames, parseFilter } from '../../shared/table/filter.ts'
import type { TableColumns, TablePage, TableQuery } from '../../shared/table/table-wire.ts'
import type { RunLabelsStore } from '../labels/run-labels.ts'
import type { RowTurns } from '../row-turns.ts'
import type { RunRegistry } from '../run-registry.ts'
import { type Arranged, arrange } from './arrange.ts'
import type { StatSummaries } from './stat-summaries.ts'
import { cellOf, type TableRun } from './table-run.ts'

/** The sources of the table of runs. */
export interface RunTableSources {
  readonly registry: RunRegistry
  readonly labels: RunLabelsStore
  readonly summaries: StatSummaries
}

/** The table of runs. The server filters and sorts thousands of runs, and a page receives only the rows that it shows. */
export interface RunTable {
  page(query: TableQuery): Promise<TablePage>
  columns(): Promise<TableColumns>
  /** Returns the runs with these ids, in this order. Runs that do not exist are left out. */
  runs(ids: readonly string[]): Promise<readonly TableRun[]>
}

/** Opens the table. It keeps the last arrangement, because a page requests the table part by part. */
export function openRunTable({ registry, labels, summaries }: RunTableSources): RunTable {
  let kept: { readonly key: string; readonly arranged: Arranged; readonly unread: number } | undefined
  async function all(): Promise<{
    readonly runs: TableRun[]
    readonly stamp: string
    readonly problems: readonly string[]
  }> {
    const turns = await registry.turns()
    const reading = await labels.read(turns.map(({ run }) => run))
    const runs = turns.map((turn) => tableRun(turn, reading.of(turn.run), summaries))
    return {
      runs,
      stamp: `${registry.version}.${reading.stamp}`,
      problems: [...registry.problems, ...reading.problems],
    }
  }
  return {
    async page(query) {
      await registry.lookSoon()
      const { runs, stamp, problems } = await all()
      const names = readNames(query)
      const unread = summaries.want(needing(runs, names), new Set(names.keys()))
      const { version: asked, offset = 0, limit = DEFAULT_LIMIT, ...rest } = query
      const key = JSON.stringify([stamp, summaries.version, rest, unread, registry.isComplete])
      if (asked === key) return { ...NO_PAGE, version: key, unchanged: true }
      if (kept?.key !== key) kept = { key, arranged: arrange(runs, query), unread }
      const { arranged } = kept
      const columns = (query.columns ?? []).map(parseColumn)
      return {
        version: key,
        unchanged: false,
        total: runs.length,
        found: arranged.runs.length,
        offset,
        rows: arranged.runs.slice(offset, offset + limit).map((run) => ({
          row: run.row,
          labels: run.labels,
          cells: columns.map((column) =>
            column === undefined || column.kind === 'field' ? null : cellOf(run, column),
          ),
        })),
        groups: arranged.groups,
        unread: unread + registry.unreadCount,
        problems,
      }
    },
    async columns() {
      const { runs } = await all()
      const [params, metrics, tags] = [new Set<string>(), new Set<string>(), new Set<string>()]
      for (const turn of await registry.turns()) for (const name of turn.row.metricNames()) metrics.add(name)
      for (const run of runs) {
        for (const name of run.params.keys()) params.add(name)
        for (const tag of run.labels.tags) tags.add(tag)
      }
      return { params: sorted(params), metrics: sorted(metrics), tags: sorted(tags) }
    },
    async runs(ids) {
      const wanted = new Set(ids)
      // A page may request runs before anyone has opened the table.
      const unread = (await registry.turns()).filter(({ run, isNew }) => isNew && wanted.has(run.id))
      await Promise.all(unread.map((turn) => turn.look()))
      const { runs } = await all()
      const byId = new Map(runs.map((run) => [run.row.id, run]))
      return ids.flatMap((id) => byId.get(id) ?? [])
    },
  }
}

const DEFAULT_LIMIT = 100
const MOST_NAMES = 2000
const NO_PAGE: Omit<TablePage, 'version' | 'unchanged'> = {
  total: 0,
  found: 0,
  offset: 0,
  rows: [],
  groups: [],
  unread: 0,
  problems: [],
}

function tableRun(turn: RowTurns, labels: TableRun['labels'], summaries: StatSummaries): TableRun {
  const { run, row: reader } = turn
  return {
    run,
    row: reader.row,
    labels,
    params: reader.params,
    metric(name, stat) {
      const read = summaries.value(run, name, stat)
      if (stat !== 'last') return read ?? null
      // The end of the file is newer than the value that was read in the background.
      return reader.lastOf(name) ?? read ?? null
    },
  }
}

/** Returns the metrics that a table shows, filters, groups or sorts by, with the statistics that it needs for each. */
function readNames(query: TableQuery): ReadonlyMap<string, ReadonlySet<MetricStat>> {
  const columns = [...(query.columns ?? []), query.group ?? ''].map(parseColumn)
  const names = new Map<string, Set<MetricStat>>()
  const add = (column: Pick<Column & { kind: 'metric' }, 'name' | 'stat'>): void => {
    names.set(column.name, (names.get(column.name) ?? new Set()).add(column.stat))
  }
  for (const column of [...columns, parseTableSorting(query.sort).column]) if (column?.kind === 'metric') add(column)
  for (const compared of comparedNames(parseFilter(query.filter ?? ''))) add(compared)
  return names
}

/**
 * Returns the runs whose whole file must be read, because the table needs a minimum, a maximum, or a last value that the end of
 * the file lacks.
 */
function needing(
  runs: readonly TableRun[],
  names: ReadonlyMap<string, ReadonlySet<MetricStat>>,
): readonly { readonly run: TableRun['run']; readonly stamp: string }[] {
  return runs
    .filter((run) =>
      [...names].some(([name, stats]) => {
        // A filter compares a parameter of this name. Only a column requests the minimum and maximum of a metric.
        if ((run.params.has(name) || name === 'step' || name === 'key') && stats.size === 1 && stats.has('last'))
          return false
        return run.metric(name, 'last') === null || [...stats].some((stat) => stat !== 'last')
      }),
    )
    .map(({ run, row }) => ({ run, stamp: `${row.step}:${row.updated}` }))
}

function sorted(names: ReadonlySet<string>): string[] {
  return [...names].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).slice(0, MOST_NAMES)
}
