import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Arm } from './arm.ts'
import { createArms } from './arms.ts'
import type { RealModel } from './model-arm.ts'
import { createArmsBeside } from './python/arms.ts'
import { type CifarPlace, cifarProblem, cifarSuite } from './python/cifar10.ts'
import { formatMarkdown } from './report/markdown.ts'
import { type WrittenReport, writeReport } from './report/write-report.ts'
import { type Row, readRows } from './rows.ts'
import { runBench } from './run-bench.ts'
import { DIGITS, type Suite } from './suite.ts'
import { type Summary, summarize } from './summary.ts'

/** The request of a command line. */
export interface PortRequest {
  /** The directory for the rows and the report. */
  readonly out: string
  readonly tasks: readonly string[]
  readonly arms: readonly string[]
  readonly seeds: readonly number[]
  readonly steps: number
  readonly part: { readonly index: number; readonly of: number }
  /** A real model that is called; null: a script replaces it. */
  readonly ai: { readonly model: string; readonly baseUrl?: string; readonly budgetUsd: number } | null
  readonly env: Readonly<Record<string, string | undefined>>
  readonly say: (line: string) => void
}

/** The names that a command line accepts. */
export interface Named {
  readonly name: string
  readonly title: string
}

/** The bench, in the form that `hotcb bench` calls. */
export interface BenchPort {
  /** The handwritten digits, in this process. */
  readonly digits: PortSuite
  /**
   * CIFAR-10, in PyTorch.
   *
   * @throws Error with a one-line message if the directory does not contain it.
   */
  cifar10(place: CifarPlace): PortSuite
}

/** Tasks and arms on the same data. */
export interface PortSuite {
  readonly tasks: readonly Named[]
  readonly arms: readonly Named[]
  train(request: PortRequest, signal: AbortSignal): Promise<void>
  report(request: PortRequest): Promise<PortReport>
}

/** A report, with the number of training runs that it covers. */
export interface PortReport extends WrittenReport {
  readonly rows: number
  readonly summary: Summary
  /** The tables, as Markdown. */
  readonly text: string
}

export const benchPort: BenchPort = {
  digits: portSuite(DIGITS, createArms),
  cifar10(place) {
    const problem = cifarProblem(place.data)
    if (problem !== null) throw new Error(problem)
    return portSuite(cifarSuite(place), createArmsBeside)
  },
}

function portSuite(suite: Suite, armsFor: (real: RealModel | null) => readonly Arm[]): PortSuite {
  const allArms = ({ ai, env }: PortRequest): readonly Arm[] => {
    if (ai === null) return armsFor(null)
    const { budgetUsd, ...config } = ai
    return armsFor({ config, budgetUsd, env })
  }
  return {
    tasks: suite.tasks.map(nameOf),
    arms: armsFor(null).map(nameOf),
    async train(request, signal) {
      const { out, tasks, seeds, steps, part, say } = request
      mkdirSync(out, { recursive: true })
      const arms = allArms(request).filter(({ name }) => request.arms.includes(name))
      const clock = (): number => performance.now() / 1000
      const onRow = (row: Row, done: number, all: number): void => say(rowText(row, done, all))
      await runBench({ suite, tasks, arms, seeds, budget: steps, part }, { file: rowsIn(out), clock, signal, onRow })
    },
    async report(request) {
      const { out, steps } = request
      const arms = allArms(request)
      const rows = readRows(rowsIn(out)).filter(({ budget }) => budget === steps)
      const summary = summarize(rows, steps, arms, suite.tasks)
      const text = formatMarkdown(summary, arms)
      if (rows.length === 0) return { rows: 0, files: [], note: null, summary, text }
      return { rows: rows.length, summary, text, ...(await writeReport(out, summary, arms)) }
    },
  }
}

function nameOf({ name, title }: Named): Named {
  return { name, title }
}

function rowsIn(out: string): string {
  return join(out, 'rows.jsonl')
}

function rowText({ task, arm, seed, loss, actions, seconds }: Row, done: number, all: number): string {
  return `${done} of ${all}: ${task}, ${arm}, seed ${seed}: loss ${loss.toFixed(4)}, ${actions} action(s), ${seconds.toFixed(1)} s`
}
