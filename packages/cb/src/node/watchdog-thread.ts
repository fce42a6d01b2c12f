/**
 * The code of the watchdog thread. It is passed as text so that the thread needs no file. It must not use anything from outside this
 * function.
 */
export function watchCalls(require: NodeJS.Require): void {
  const { appendFileSync, writeSync } = require('node:fs') as typeof import('node:fs')
  const { parentPort, workerData } = require('node:worker_threads') as typeof import('node:worker_threads')
  // The shared memory from `createWatchdog`: [running callback's number or 0, number of the event, step].
  const { shared, logPath, slowMs } = workerData as { shared: Int32Array; logPath: string | null; slowMs: number }
  const ids = new Map<number, string>()
  let event = 0
  let caller = 0
  let since = 0
  let nextMs = slowMs
  let told: string | null = null

  function tell(id: string, message: string): void {
    // The process's own stderr would pass through the blocked thread. The ID from `createWatchdog` is already
    // printable.
    try {
      writeSync(2, `hotcb: callback \`${id}\` ${message}\n`)
    } catch {}
    try {
      if (logPath !== null) appendFileSync(logPath, `${new Date().toISOString()} [cb ${id}] ${message}\n`)
    } catch {}
  }

  function seconds(ms: number): string {
    return `${(ms / 1000).toFixed(1)} s`
  }

  function look(): void {
    const [running = 0, current = 0, step = 0] = shared
    const now = performance.now()
    if (running === 0 || running !== caller || current !== event) {
      if (told !== null) tell(told, `returned after about ${seconds(now - since)}`)
      told = null
      event = current
      caller = running
      since = now
      nextMs = slowMs
      return
    }
    const elapsed = now - since
    if (elapsed < nextMs) return
    nextMs = elapsed * 2
    told = ids.get(running) ?? String(running)
    tell(told, `has been running for ${seconds(elapsed)} at step ${step}: training is waiting for it`)
  }

  parentPort?.on('message', ({ number, id }: { number: number; id: string }) => ids.set(number, id))
  setInterval(look, Math.max(5, slowMs / 8))
}
