import { readFileSync } from 'node:fs'
import { availableParallelism, freemem, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'

const MIB = 2 ** 20

/** Returns the memory use of this process in MiB. */
export function processFigures(): Record<string, number> {
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rss_mib: rss / MIB, heap_mib: heapUsed / MIB, external_mib: external / MIB }
}

/** Returns the load and memory use of this machine. */
export function machineFigures(): Record<string, number> {
  const [load1 = 0] = loadavg()
  return { load1, cores: availableParallelism(), memory_free_mib: freemem() / MIB, memory_total_mib: totalmem() / MIB }
}

/** Creates a meter that returns the CPU use since its last call, in percent of one core, for all threads together. */
export function createCpuMeter(): () => number {
  let at = performance.now()
  let used = process.cpuUsage()
  return () => {
    const now = performance.now()
    const { user, system } = process.cpuUsage(used)
    const percent = now > at ? ((user + system) / 1000 / (now - at)) * 100 : 0
    at = now
    used = process.cpuUsage()
    return percent
  }
}

/** The totals that Linux counts for a process. */
export interface ProcessCounts {
  readonly cpuSeconds: number
  readonly rssMib: number
}

// USER_HZ, and the page size of nearly every machine that Node runs on. On other machines the results are off by a
// constant factor.
const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4096

/** Reads the counts of another process; null if there is no `/proc`, or if the process has exited. */
export function readProcessCounts(pid: number): ProcessCounts | null {
  try {
    return parseProcessCounts(readFileSync(join('/proc', String(pid), 'stat'), 'utf8'))
  } catch {
    return null
  }
}

/** Reads the counts from the text of `/proc/PID/stat`. The name of the program, in parentheses, may contain anything. */
export function parseProcessCounts(text: string): ProcessCounts | null {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [user, system, pages] = [fields[11], fields[12], fields[21]].map(Number)
  if (user === undefined || system === undefined || pages === undefined) return null
  const counts = { cpuSeconds: (user + system) / TICKS_PER_SECOND, rssMib: (pages * PAGE_BYTES) / MIB }
  return Number.isFinite(counts.cpuSeconds) && Number.isFinite(counts.rssMib) ? counts : null
}
