import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readLastLines } from '@hotcb/journal'
import { printable } from '@hotcb/protocol'
import { finalMetrics, type MetricPoint, metricSeries, type Workspace } from '@hotcb/sweep/node'
import { shownTrial } from '../prompt/tick-state.ts'
import type { Outlook } from '../types.ts'
import { type MonitorPaths, readPlan, readUserPrompt } from './monitor-files.ts'

export interface ReadParts {
  readonly workspace: Workspace
  readonly paths: MonitorPaths
  readonly outlook: Outlook
}

type Arguments = Readonly<Record<string, unknown>>

const PAGE = 60
const LONGEST_LINE = 400

/** Tools that only read. Text from trials is in fields that begin with `untrusted`. */
export const READ_TOOLS: Readonly<Record<string, (parts: ReadParts, args: Arguments) => object>> = {
  read_state({ outlook }, { from = 0 }) {
    const trials = outlook.trials.filter(({ i }) => i >= Number(from))
    return { trials: trials.slice(0, PAGE).map(shownTrial), next: trials[PAGE]?.i ?? null }
  },
  read_plan: ({ paths }) => ({ plan: readPlan(paths) }),
  read_user_prompt({ paths }) {
    const text = readUserPrompt(paths)
    return text === null ? { exists: false } : { exists: true, untrusted_text: text.slice(0, 8000) }
  },
  tail_log({ workspace, outlook }, { index, lines = 40, stream = 'both' }) {
    requireTrial(outlook, index)
    const { logs } = workspace.paths
    const tail = (name: 'out' | 'err'): readonly string[] | null => {
      const path = join(logs, `${String(index)}.${name}`)
      if (!existsSync(path)) return null
      return readLastLines(path, Number(lines)).map(({ text }) => printable(text).slice(0, LONGEST_LINE))
    }
    return {
      ...(stream !== 'stderr' && { untrusted_stdout: tail('out') }),
      ...(stream !== 'stdout' && { untrusted_stderr: tail('err') }),
    }
  },
  list_metrics({ workspace, outlook }, { index }) {
    requireTrial(outlook, index)
    const found = [...metricSeries(workspace.paths.results, Number(index))].slice(0, 100)
    return {
      untrusted_metrics: found.map(([name, points]) => ({
        name: name.slice(0, 64),
        n: points.length,
        step_first: points[0]?.step ?? null,
        step_last: points.at(-1)?.step ?? null,
        last: points.at(-1)?.value ?? null,
      })),
    }
  },
  compute_metric({ workspace, outlook }, args) {
    requireTrial(outlook, args['index'])
    const points = metricSeries(workspace.paths.results, Number(args['index'])).get(String(args['metric'])) ?? []
    return statistics(points, args)
  },
  summarize_metrics({ workspace, outlook }, { metric = outlook.objective?.metric }) {
    const { direction = 'min' } = outlook.objective ?? {}
    const begun = outlook.trials.filter(({ attempt }) => attempt > 0).slice(0, 500)
    const rows = begun.flatMap(({ i, state }) => {
      const { results } = workspace.paths
      const final = metric === undefined ? undefined : finalMetrics(results, i).get(String(metric))
      const last = metric === undefined ? undefined : metricSeries(results, i).get(String(metric))?.at(-1)?.value
      const value = typeof final === 'number' ? final : (last ?? null)
      return [{ index: i, state, value }]
    })
    const known = rows.filter(({ value }) => value !== null)
    known.sort((a, b) => (Number(a.value) - Number(b.value)) * (direction === 'min' ? 1 : -1))
    return {
      metric: metric ?? null,
      direction,
      trials: known.slice(0, PAGE),
      without_value: rows.length - known.length,
    }
  },
  why({ workspace, outlook }, { index }) {
    requireTrial(outlook, index)
    const { decisions } = workspace.journal.fold
    const about = [...decisions.values()].filter(({ trial }) => trial === index).slice(-20)
    return { decisions: about.map(({ planner, verdict, key, evidence }) => ({ planner, verdict, key, evidence })) }
  },
}

function requireTrial({ trials }: Outlook, index: unknown): void {
  if (!trials.some(({ i }) => i === index)) throw new Error(`trial ${String(index)} does not exist`)
}

function statistics(points: readonly MetricPoint[], args: Arguments): object {
  const [least, most] = [args['step_min'] ?? -Infinity, args['step_max'] ?? Infinity].map(Number)
  const inRange = points.filter(({ step }) => step >= (least ?? -Infinity) && step <= (most ?? Infinity))
  const chosen = args['last_n'] === undefined ? inRange : inRange.slice(-Number(args['last_n']))
  const values = chosen.flatMap(({ value }) => (value === null ? [] : [value]))
  const sorted = [...values].sort((a, b) => a - b)
  const mean = values.reduce((sum, one) => sum + one, 0) / values.length
  const spread = values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / values.length
  const has = values.length > 0
  return {
    n: chosen.length,
    n_total: points.length,
    last: chosen.at(-1)?.value ?? null,
    mean: has ? mean : null,
    median: has ? (sorted[Math.floor((sorted.length - 1) / 2)] ?? null) : null,
    stddev: has ? Math.sqrt(spread) : null,
    min: sorted[0] ?? null,
    max: sorted.at(-1) ?? null,
    has_nan_or_inf: chosen.some(({ value }) => value === null),
    recent: chosen.slice(-8).map(({ value }) => value),
    step_first: chosen[0]?.step ?? null,
    step_last: chosen.at(-1)?.step ?? null,
  }
}
