// The cost of the notifier that `hotcb serve` starts: thousands of runs, a few of them live, and no page open.
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { processStart } from '../../packages/journal/dist/index.js'
import { writeTable } from './compare.mjs'
import { generateRun, metricNames, metricsLine, seeded } from './generate-run.mjs'
import { serveWithNotifier } from './process.mjs'

const WATCHED_MS = 30_000

/** Measures it under `root`. */
export async function benchNotifier(root, runs = 5000, live = 20) {
  const place = writeTable(root, runs)
  const dirs = Array.from({ length: live }, (_, i) => join(place, 'live', `run-${String(i).padStart(2, '0')}`))
  for (const [i, dir] of dirs.entries()) {
    generateRun(dir, { lines: 60, names: 8, seed: i + 1, live: true, start: processStart(), maxSteps: 100_000 })
  }
  const site = await serveWithNotifier(place)
  const writing = writeLines(dirs)
  try {
    // Until every run has been found and checked once.
    const startedMs = performance.now()
    await new Promise((done) => setTimeout(done, 20_000))
    await site.settled()
    const rows = [
      {
        work: `${runs} runs: the first ${Math.round((performance.now() - startedMs) / 1000)} s`,
        'CPU seconds': Number(site.notifier.cpuSeconds().toFixed(1)),
        'notifier MiB': site.notifier.memoryMiB(),
      },
    ]
    const before = [site.notifier.cpuSeconds(), site.cpuSeconds()]
    const fromMs = performance.now()
    await new Promise((done) => setTimeout(done, WATCHED_MS))
    const elapsed = (performance.now() - fromMs) / 1000
    const share = (seconds) => Number(((seconds / elapsed) * 100).toFixed(1))
    rows.push({
      work: `then, ${live} of them alive, each writing one line per second`,
      '% of a core': share(site.notifier.cpuSeconds() - before[0]),
      'notifier MiB': site.notifier.memoryMiB(),
      'server: % of a core': share(site.cpuSeconds() - before[1]),
    })
    rows.push({ work: 'peak', 'notifier MiB': site.notifier.peakMiB() })
    return rows
  } finally {
    clearInterval(writing)
    await site.stop()
  }
}

/** Writes a line into each run every second. */
function writeLines(dirs) {
  const names = metricNames(8)
  const random = seeded(7)
  let step = 60
  return setInterval(() => {
    for (const dir of dirs) {
      appendFileSync(
        join(dir, 'hotcb.metrics.jsonl'),
        metricsLine(step, names, random, Date.now() / 1000 - step * 0.05),
      )
    }
    step++
  }, 1000)
}
