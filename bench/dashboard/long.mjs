// A run of a million lines, opened twice: the time until its first chart, and until its whole history.
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { generateRun } from './generate-run.mjs'
import { quantile, serve } from './process.mjs'

/** Measures one long run under `root`. */
export async function benchLong(root, lines = 1_000_000) {
  const dir = join(root, 'long')
  const path = join(dir, 'hotcb.metrics.jsonl')
  if (!existsSync(path)) generateRun(dir, { lines, names: 20 })
  const rows = []
  for (const name of ['opened', 'opened again']) {
    const site = await serve('dir', dir)
    const startedMs = performance.now()
    const since = () => Number(((performance.now() - startedMs) / 1000).toFixed(2))
    const points = await window(site.url)
    const first = since()
    let whole = 0
    for (let indexed = false; !indexed; whole = since()) {
      const answer = await (await fetch(`${site.url}api/runs/long/metrics`)).json()
      if (answer.error !== undefined) throw new Error(answer.error.message)
      indexed = answer.indexed_bytes === answer.total_bytes && answer.names.length > 0
      if (!indexed) await new Promise((done) => setTimeout(done, 50))
    }
    const trips = await medianMs(() => window(site.url, '&from=500000&to=510000'))
    const floorTrips = await medianMs(async () => (await fetch(`${site.url}api/health`)).json())
    rows.push({
      work: `${lines} lines (${Math.round(statSync(path).size / 1e6)} MB), ${name}`,
      'first chart s': first,
      'floor: reading at 300 offsets s': readPlaces(path),
      buckets: points,
      'whole history s': whole,
      'floor: reading every byte s': name === 'opened' ? readWhole(path) : '',
      'one window ms': trips,
      'floor: a round trip ms': floorTrips,
      'peak MiB': site.peakMiB(),
    })
    await site.stop()
  }
  return rows
}

/** The time in seconds to read a file and to find its line ends. */
function readWhole(path) {
  const startedMs = performance.now()
  const fd = openSync(path, 'r')
  const bytes = Buffer.allocUnsafe(1 << 19)
  let lines = 0
  for (let got = readSync(fd, bytes); got > 0; got = readSync(fd, bytes)) {
    for (let at = bytes.indexOf(10); at !== -1 && at < got; at = bytes.indexOf(10, at + 1)) lines++
  }
  closeSync(fd)
  if (lines === 0) throw new Error(`\`${path}\` has no lines`)
  return Number(((performance.now() - startedMs) / 1000).toFixed(2))
}

/** The time in seconds to read 16 KiB at 300 places of a file. */
function readPlaces(path) {
  const startedMs = performance.now()
  const { size } = statSync(path)
  const fd = openSync(path, 'r')
  const bytes = Buffer.allocUnsafe(1 << 14)
  for (let place = 0; place < 300; place++) readSync(fd, bytes, 0, bytes.length, Math.floor((size * place) / 300))
  closeSync(fd)
  return Number(((performance.now() - startedMs) / 1000).toFixed(3))
}

async function medianMs(work, times = 21) {
  const took = []
  for (let i = 0; i < times; i++) {
    const startedMs = performance.now()
    await work()
    took.push(performance.now() - startedMs)
  }
  return Number(quantile(took, 0.5).toFixed(1))
}

async function window(url, query = '') {
  const answer = await fetch(`${url}api/runs/long/metrics/window?name=train_loss&pixels=1200${query}`)
  return (await answer.json()).windows[0].buckets.count.length
}
