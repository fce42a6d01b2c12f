// `pnpm bench:dashboard [live] [compare] [long] [many] [table] [notifier] [pan] [sweep] [watched]`: measures the dashboard, next
// to floors that are measured in the same run. Prints the results and, if all parts were run, writes them as tables into
// docs/benchmarks.md.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setUp } from '../../scripts/set-up.mjs'
import { benchCompare, benchTable } from './compare.mjs'
import { benchLive } from './live.mjs'
import { benchLong } from './long.mjs'
import { benchMany } from './many.mjs'
import { benchNotifier } from './notifier.mjs'
import { benchPan } from './pan.mjs'
import { benchSweep } from './sweep.mjs'
import { benchWatched } from './watched.mjs'

const PARTS = {
  live: benchLive,
  long: benchLong,
  many: benchMany,
  compare: benchCompare,
  table: benchTable,
  notifier: benchNotifier,
  pan: benchPan,
  sweep: benchSweep,
  watched: benchWatched,
}
const TITLES = {
  live: 'From appending a line to its arrival on a page (hotcb 2: 315 ms median at 1,000 lines/s and 1 client; does not keep up with 500 clients)',
  long: 'A run with a million lines of twenty metrics (hotcb 2: over 14 s to the first chart)',
  many: '1,500 runs with 1,500 metrics, and one with 10,000 lines, in Chromium',
  compare: '50 runs with 10 metrics and 100,000 steps side by side, in Chromium',
  table: 'The table of 5,000 runs, in Chromium',
  notifier: 'The notifier alongside a server with 5,000 runs',
  pan: 'Panning and zooming a run with 300,000 lines of twenty metrics, in Chromium',
  sweep: 'The sweep page with 10,000 trials, in Chromium',
  watched: 'A watched run in which nothing happens',
}
const START = '<!-- dashboard tables: written by `pnpm bench:dashboard` -->'
const END = '<!-- end of dashboard tables -->'
const FILE = 'docs/benchmarks.md'

if (process.argv.includes('--built')) process.argv.splice(process.argv.indexOf('--built'), 1)
else setUp()
const wanted = process.argv.slice(2)
const root = mkdtempSync(join(tmpdir(), 'hotcb-bench-'))
process.env.XDG_CACHE_HOME = join(root, 'cache')
const tables = []
try {
  for (const [name, bench] of Object.entries(PARTS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    console.log(TITLES[name])
    const rows = await bench(root)
    console.table(rows)
    tables.push(`### ${TITLES[name]}\n\n${markdown(rows)}`)
  }
} finally {
  rmSync(root, { recursive: true, force: true })
}
if (tables.length === Object.keys(PARTS).length) writeTables()

function markdown(rows) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(columns.map((column) => row[column] ?? ''))),
  ].join('\n')
}

function writeTables() {
  const day = new Date().toISOString().slice(0, 10)
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'})`
  const section = `${START}\n\n## Dashboard\n\nMeasured on ${day} with Node ${process.version} on ${machine}, load average ${loadavg()[1]?.toFixed(1)} (including other work, so the ratios are more reliable than the times).\n\n${tables.join('\n\n')}\n\n${END}`
  const text = existsSync(FILE) ? readFileSync(FILE, 'utf8') : '# Benchmarks\n'
  const start = text.indexOf(START)
  const end = text.indexOf(END)
  const isThere = start >= 0 && end >= 0
  writeFileSync(
    FILE,
    isThere ? text.slice(0, start) + section + text.slice(end + END.length) : `${text.trimEnd()}\n\n${section}\n`,
  )
}
