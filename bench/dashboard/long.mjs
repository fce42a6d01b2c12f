// A run of a million lines: how soon its first chart, its whole history, and it again.
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { generateRun } from './generate-run.mjs'
import { serve } from './process.mjs'

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
    const zoomMs = performance.now()
    await window(site.url, '&from=500000&to=510000')
    rows.push({
      work: `${lines} lines (${Math.round(statSync(path).size / 1e6)} MB), ${name}`,
      'first chart s': first,
      points,
      'whole history s': whole,
      'a window ms': Math.round(performance.now() - zoomMs),
      'MiB at most': site.peakMiB(),
    })
    await site.stop()
  }
  return rows
}

async function window(url, query = '') {
  const answer = await fetch(`${url}api/runs/long/metrics/window?name=train_loss&pixels=1200${query}`)
  return (await answer.json()).windows[0].steps.length
}
