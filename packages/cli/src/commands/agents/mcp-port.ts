import { realpathSync, statSync } from 'node:fs'
import { isAbsolute, join, relative, sep } from 'node:path'
import { refusal } from '@hotcb/commands'
import type { McpPort, MetricsRequest, Right } from '@hotcb/mcp'
import { openHistoryStore } from '@hotcb/metrics/node'
import type { CliContext } from '../../context.ts'
import { createCapturedTerminal } from './captured-terminal.ts'

/** Options for the port. */
export interface McpPortOptions {
  readonly roots: readonly string[]
  readonly rights: readonly Right[]
  readonly context: Pick<CliContext, 'ports' | 'env' | 'runLine'>
  /** The author recorded in the ledger. Default: the user that runs this process. */
  readonly author?: string
}

/**
 * Gives an MCP server access to files on this machine, within its roots.
 *
 * @throws CommandError if a root is not a directory.
 */
export function openMcpPort({ roots: typed, rights, context, author }: McpPortOptions): McpPort {
  const roots = typed.map(rootOf)
  const ports = { ...context.ports, sender: { source: 'mcp', author: author ?? context.env['USER'] } }
  return {
    version: ports.version,
    rights,
    roots,
    async run(words) {
      const captured = createCapturedTerminal()
      const exitCode = await context.runLine(words, ports, captured.terminal)
      return { exitCode, output: captured.output(), errors: captured.errors() }
    },
    locate: (path) => locate(path, roots),
    readMetrics,
  }
}

function rootOf(typed: string): string {
  if (statSync(typed, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw refusal(`--root must be a directory, got ${JSON.stringify(typed)}`)
  }
  return realpathSync(typed)
}

function locate(path: string, roots: readonly string[]): string {
  for (const root of roots) {
    const found = realPathOf(isAbsolute(path) ? path : join(root, path))
    if (found !== undefined && roots.some((one) => isWithin(found, one))) return found
  }
  throw new Error(`${JSON.stringify(path)} was not found below ${roots.join(', ')}; \`list_runs\` shows the runs`)
}

// Links are resolved first, so that a link cannot lead out of a root.
function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

function isWithin(path: string, root: string): boolean {
  const way = relative(root, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way))
}

async function readMetrics(dir: string, { names, fromStep, toStep, points }: MetricsRequest): Promise<object> {
  const store = openHistoryStore()
  try {
    const history = store.open(dir)
    const { names: known, firstStep, lastStep } = await history.ready()
    const absent = names.find((name) => !known.some((one) => one.name === name))
    if (absent !== undefined) {
      const some = known.slice(0, 30).map(({ name }) => name)
      throw new Error(`this run has no metric ${JSON.stringify(absent)}; it has ${some.join(', ') || 'none'}`)
    }
    const windows = await history.windows(names.map((name) => ({ name, from: fromStep, to: toStep, pixels: points })))
    const series = windows.flatMap((window) => {
      if (window === undefined) return []
      const { firstStep, lastStep, count, mean, min, max, last, gaps } = window.buckets
      const rows = Array.from(firstStep, (first, i) => [
        first,
        lastStep[i],
        count[i],
        mean[i],
        min[i],
        max[i],
        last[i],
        gaps[i],
      ])
      return [{ name: window.name, rows: rows.map((row) => row.map(finiteOrNull)) }]
    })
    const columns = ['first_step', 'last_step', 'count', 'mean', 'min', 'max', 'last', 'not_finite']
    return { first_step: firstStep, last_step: lastStep, columns, series }
  } finally {
    await store.close()
  }
}

function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? Number(value.toPrecision(9)) : null
}
