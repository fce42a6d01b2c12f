import { statfs } from 'node:fs'
import { checkOptions, type OptionKeys } from '@hotcb/protocol'
import type { FigureSource } from '../../figure-source.ts'
import { createCpuMeter, machineFigures, processFigures, readProcessCounts } from './figures.ts'
import { askGpus, hasNvidiaSmi } from './gpus.ts'
import { joinRanks } from './join-ranks.ts'
import { type RankFigures, readRankFigures, writeRankFigures } from './rank-documents.ts'
import { SYSTEM_SECONDS } from './system-switch.ts'

/** Options for measuring the machine. */
export interface SystemFiguresOptions {
  /** Seconds between measurements; the first one is made after one second. @defaultValue 5 */
  readonly everySeconds?: number | undefined
  /** The process ID of the training process, if it is not this process. It can be measured only on systems with `/proc`. */
  readonly pid?: number | undefined
  /** The rank of this process. Rank 0 reports for all. @defaultValue 0 */
  readonly rank?: number | undefined
  /**
   * The run directory. Its disk is measured, and the ranks exchange their results in it. @defaultValue the kernel's run directory
   */
  readonly runDir?: string | undefined
}

const KEYS: OptionKeys<SystemFiguresOptions> = { everySeconds: true, pid: true, rank: true, runDir: true }
const FIRST_MS = 1000
const GIB = 2 ** 30
/** After this number of failures, measuring the machine stops. */
const MOST_FAILURES = 3
/** The number of intervals after which the results of another rank are out of date. */
const FRESH_INTERVALS = 4

/**
 * Measures CPU, memory, disk and GPUs every few seconds, as `sys/...`. A measurement takes a few microseconds. Queries
 * that may take longer (the disk, `nvidia-smi`, other ranks) run asynchronously, and their answers are part of a later
 * measurement. Measuring never throws.
 *
 * @throws TypeError for unknown options.
 */
export function openSystemFigures(options: SystemFiguresOptions): FigureSource {
  checkOptions('openSystemFigures', options, KEYS)
  const { everySeconds = SYSTEM_SECONDS, pid, rank = 0 } = options
  let { runDir } = options
  const meter = createMeter(pid)
  const pending = createPending(everySeconds, rank, () => runDir)
  let dueMs = Number.NEGATIVE_INFINITY
  let last: { readonly step: number; readonly ms: number } | null = null
  let failures = 0

  function measure(step: number, nowMs: number): Readonly<Record<string, number>> {
    const steps = last === null ? 0 : step - last.step
    const pace = last === null || steps <= 0 ? {} : { step_seconds: (nowMs - last.ms) / 1000 / steps }
    last = { step, ms: nowMs }
    const own = { ...meter(nowMs), ...pace }
    const figures = pending.join(step, own)
    return Object.fromEntries(Object.entries(figures).map(([name, value]) => [`sys/${name}`, value]))
  }

  return {
    take(step, nowMs) {
      if (nowMs < dueMs || failures >= MOST_FAILURES) return null
      const isFirst = dueMs === Number.NEGATIVE_INFINITY
      dueMs = nowMs + (isFirst ? Math.min(FIRST_MS, everySeconds * 1000) : everySeconds * 1000)
      try {
        pending.ask()
        if (!isFirst) return measure(step, nowMs)
        last = { step, ms: nowMs }
        meter(nowMs)
      } catch {
        failures++
      }
      return null
    },
    attach(given) {
      runDir ??= given
    },
    close: pending.close,
  }
}

type Meter = (nowMs: number) => Record<string, number>

/** Creates a meter for the training process. It measures the time since its last call. */
function createMeter(pid: number | undefined): Meter {
  if (pid === undefined) {
    const cpu = createCpuMeter()
    return () => ({ cpu_percent: cpu(), ...processFigures() })
  }
  let before: { readonly cpuSeconds: number; readonly ms: number } | null = null
  return (nowMs) => {
    const counts = readProcessCounts(pid)
    if (counts === null) return {}
    const seconds = before === null ? 0 : (nowMs - before.ms) / 1000
    const cpu =
      before === null || seconds <= 0 ? {} : { cpu_percent: ((counts.cpuSeconds - before.cpuSeconds) / seconds) * 100 }
    before = { cpuSeconds: counts.cpuSeconds, ms: nowMs }
    return { ...cpu, rss_mib: counts.rssMib }
  }
}

/** The last answers of asynchronous queries. */
interface Pending {
  /** Starts new queries, unless the last ones are still running. */
  ask(): void
  /** Adds the last answers to the measurements of this process. */
  join(step: number, own: Readonly<Record<string, number>>): Readonly<Record<string, number>>
  close(): void
}

function createPending(everySeconds: number, rank: number, runDir: () => string | undefined): Pending {
  let disk: Record<string, number> = {}
  let gpus: Readonly<Record<string, number>> = {}
  let others: readonly RankFigures[] = []
  let hasGpus = hasNvidiaSmi(process.env)
  let isDiskOpen = false
  let isRankOpen = false
  let isWriting = false
  let child: ReturnType<typeof askGpus> | null = null
  const freshSeconds = Math.max(10, everySeconds * FRESH_INTERVALS)

  function askDisk(dir: string): void {
    if (isDiskOpen) return
    isDiskOpen = true
    statfs(dir, (error, found) => {
      isDiskOpen = false
      disk = error === null ? { disk_free_gib: (found.bavail * found.bsize) / GIB } : {}
    })
  }

  function askForGpus(): void {
    if (!hasGpus || child !== null) return
    child = askGpus(process.env['CUDA_VISIBLE_DEVICES'], (answer) => {
      child = null
      hasGpus = answer.ok
      gpus = answer.ok ? answer.figures : {}
    })
  }

  function askRanks(dir: string): void {
    if (rank !== 0 || isRankOpen) return
    isRankOpen = true
    void readRankFigures(dir, freshSeconds).then((found) => {
      others = found.filter((one) => one.rank !== 0)
      isRankOpen = false
    })
  }

  return {
    ask() {
      const dir = runDir()
      askForGpus()
      if (dir === undefined) return
      askDisk(dir)
      askRanks(dir)
    },
    join(step, own) {
      const dir = runDir()
      if (rank === 0) return joinRanks({ ...own, ...gpus }, others, { ...machineFigures(), ...disk })
      // Two writes at once would mix in the temporary file.
      if (dir === undefined || isWriting) return {}
      isWriting = true
      const figures = { rank, pid: process.pid, ts: Date.now() / 1000, step, figures: { ...own, ...gpus } }
      void writeRankFigures(dir, figures).then(() => {
        isWriting = false
      })
      return {}
    },
    close() {
      child?.kill()
    },
  }
}
