import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Arm } from './arm.ts'
import { createArms } from './arms.ts'
import { formatMarkdown } from './report/markdown.ts'
import { type WrittenReport, writeReport } from './report/write-report.ts'
import { type Row, readRows } from './rows.ts'
import { runBench } from './run-bench.ts'
import { type Summary, summarize } from './summary.ts'
import { TASKS } from './tasks.ts'

/** What a command line asks for. */
export interface PortRequest {
  /** The directory of rows and report. */
  readonly out: string
  readonly tasks: readonly string[]
  readonly arms: readonly string[]
  readonly seeds: readonly number[]
  readonly steps: number
  readonly part: { readonly index: number; readonly of: number }
  /** A model that is really asked; null: a script stands in. */
  readonly ai: { readonly model: string; readonly baseUrl?: string; readonly budgetUsd: number } | null
  readonly env: Readonly<Record<string, string | undefined>>
  readonly say: (line: string) => void
}

/** What can be named on a command line. */
export interface Named {
  readonly name: string
  readonly title: string
}

/** The bench as `hotcb bench` calls it. */
export interface BenchPort {
  readonly tasks: readonly Named[]
  readonly arms: readonly Named[]
  train(request: PortRequest, signal: AbortSignal): Promise<void>
  report(request: PortRequest): Promise<PortReport>
}

/** A report with the number of trainings in it. */
export interface PortReport extends WrittenReport {
  readonly rows: number
  readonly summary: Summary
  /** The tables, as Markdown. */
  readonly text: string
}

const named = ({ name, title }: Named): Named => ({ name, title })

export const benchPort: BenchPort = {
  tasks: TASKS.map(named),
  arms: createArms().map(named),
  async train(request, signal) {
    const { out, tasks, seeds, steps, part, say } = request
    mkdirSync(out, { recursive: true })
    const plan = { tasks, arms: armsOf(request), seeds, budget: steps, part }
    const clock = (): number => performance.now() / 1000
    await runBench(plan, { file: rowsIn(out), clock, signal, onRow: (row, done, all) => say(rowText(row, done, all)) })
  },
  async report(request) {
    const { out, steps } = request
    const arms = allArms(request)
    const rows = readRows(rowsIn(out)).filter(({ budget }) => budget === steps)
    const summary = summarize(rows, steps, arms)
    const text = formatMarkdown(summary, arms)
    if (rows.length === 0) return { rows: 0, files: [], note: null, summary, text }
    return { rows: rows.length, summary, text, ...(await writeReport(out, summary, arms)) }
  },
}

function rowsIn(out: string): string {
  return join(out, 'rows.jsonl')
}

function allArms({ ai, env }: PortRequest): readonly Arm[] {
  if (ai === null) return createArms()
  const { budgetUsd, ...config } = ai
  return createArms({ config, budgetUsd, env })
}

function armsOf(request: PortRequest): readonly Arm[] {
  return allArms(request).filter(({ name }) => request.arms.includes(name))
}

function rowText({ task, arm, seed, loss, actions, seconds }: Row, done: number, all: number): string {
  return `${done} of ${all}: ${task}, ${arm}, seed ${seed}: loss ${loss.toFixed(4)}, ${actions} action(s), ${seconds.toFixed(1)} s`
}
