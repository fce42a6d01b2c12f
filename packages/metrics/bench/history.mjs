// Measures the history of a run of a million lines with 20 metrics each: first chart, complete index, memory, reopening.
// Run after a build: `node packages/metrics/bench/history.mjs [lines] [--json]`.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openHistoryStore } from '@hotcb/metrics/node'
import { writeMetricLines } from './metric-lines.mjs'

const lines = Number(process.argv[2]) || 1_000_000
const directory = mkdtempSync(join(tmpdir(), 'hotcb-bench-'))
const cacheDirectory = join(directory, 'cache')
const path = join(directory, 'hotcb.metrics.jsonl')
writeMetricLines(path, lines)
const megabytes = statSync(path).size / 1e6
const figures = { lines, 'file, MB': megabytes }

const since = (started) => performance.now() - started
const rss = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1024
const names = Array.from({ length: 20 }, (_, at) => `m_${String(at).padStart(2, '0')}`)

let started = performance.now()
let store = openHistoryStore({ cacheDirectory })
let history = store.open(directory)
await history.windows([{ name: names[0], pixels: 1000 }])
figures['first chart, cold, ms'] = since(started)
const cpu = process.cpuUsage()
await history.ready()
figures['whole history indexed, ms'] = since(started)
const used = process.cpuUsage(cpu)
figures['CPU of it, ms'] = (used.user + used.system) / 1000
started = performance.now()
await history.windows([{ name: names[0], pixels: 1000 }])
figures['first exact chart, ms'] = since(started)
started = performance.now()
await history.windows(names.map((name) => ({ name, pixels: 1000 })))
figures['20 charts of the whole run, first time, ms'] = since(started)
const times = []
for (let round = 0; round < 200; round++) {
  const from = (lines * (round % 50)) / 100
  started = performance.now()
  await history.windows([{ name: names[round % 20], from, to: from + lines / (1 + (round % 40)), pixels: 1000 }])
  times.push(since(started))
}
times.sort((a, b) => a - b)
figures['any window: median, ms'] = times[100]
figures['any window: 99th percentile, ms'] = times[198]
figures['peak memory of the process, MB'] = rss()
await history.close()
await store.close()
started = performance.now()
store = openHistoryStore({ cacheDirectory })
history = store.open(directory)
const [window] = await history.windows([{ name: names[7], pixels: 1000 }])
figures['reopened, until the first exact chart, ms'] = since(started)
if (!window.complete || window.buckets.points !== lines) throw new Error('the reopened history is incomplete')
await store.close()
const parseLines = readFileSync(path, 'latin1').slice(0, 44_600_000).trimEnd().split('\n').slice(0, -1)
const before = process.cpuUsage()
for (const line of parseLines) JSON.parse(line)
figures['JSON.parse alone for as many lines, CPU, ms'] =
  (process.cpuUsage(before).user / 1000 / parseLines.length) * lines
rmSync(directory, { recursive: true, force: true })

if (process.argv.includes('--json')) console.log(JSON.stringify(figures))
else
  for (const [name, value] of Object.entries(figures)) console.log(name.padEnd(48), value.toFixed(value < 10 ? 2 : 0))
