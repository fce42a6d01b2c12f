// Fifty runs of ten metrics and 100,000 steps side by side, and the table of five thousand runs, in a real browser.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { moveCursor, openBrowser } from './browser.mjs'
import { generateRun } from './generate-run.mjs'
import { quantile, serve } from './process.mjs'

/** Measures the page that compares runs under `root`. */
export async function benchCompare(root, runs = 50, lines = 100_000) {
  const place = join(root, 'compare')
  const ids = Array.from({ length: runs }, (_, i) => `run-${String(i).padStart(2, '0')}`)
  for (const [i, id] of ids.entries()) {
    const dir = join(place, id)
    if (!existsSync(join(dir, 'hotcb.log'))) generateRun(dir, { lines, names: 10, seed: i + 1 })
  }
  const site = await serve('root', place)
  const { page, close } = await openBrowser(1440, 900)
  const rows = []
  const path = `compare?runs=${ids.join(',')}`
  const open = async (work) => {
    const startedMs = performance.now()
    await page.goto(site.url + path)
    await page.waitForFunction(() => document.querySelector('.compare-chart')?.dataset.lines === '50', undefined, {
      timeout: 120_000,
    })
    rows.push({ work, seconds: seconds(startedMs), 'server MiB': site.memoryMiB() })
  }
  await open(`first paint of ${runs} runs, no files read yet`)
  await page.waitForFunction(() => !document.body.textContent.includes('still being read'), undefined, {
    timeout: 600_000,
  })
  await open(`first paint of ${runs} runs, files already read`)
  await page.waitForTimeout(2000)
  rows.push({ work: 'moving the cursor over a chart', ...(await moveCursor(page, '.compare-catch')) })
  rows.push({ work: 'server, peak', 'server MiB': site.peakMiB() })
  await close()
  await site.stop()
  return rows
}

/** Writes the runs of a large table, unless they exist, and returns their directory. */
export function writeTable(root, runs) {
  const place = join(root, 'table')
  for (let i = 0; i < runs; i++) {
    const dir = join(place, `sweep-${i % 20}`, `run-${String(i).padStart(4, '0')}`)
    if (!existsSync(join(dir, 'hotcb.log'))) generateRun(dir, { lines: 60, names: 8, seed: i + 1 })
  }
  return place
}

/** Measures the table of `runs` runs. */
export async function benchTable(root, runs = 5000) {
  const place = writeTable(root, runs)
  const site = await serve('root', place)
  const { page, close } = await openBrowser(1440, 900)
  const rows = []
  const startedMs = performance.now()
  await page.goto(site.url)
  await page.waitForFunction(() => document.querySelectorAll('.rows .line .badge').length > 15)
  rows.push({ work: `table of ${runs} runs, first rows`, seconds: seconds(startedMs) })
  await page.waitForFunction(
    () => !document.querySelector('[role=status]')?.textContent.includes('to be read'),
    undefined,
    {
      timeout: 120_000,
    },
  )
  rows.push({ work: 'all rows read', seconds: seconds(startedMs), 'server MiB': site.memoryMiB() })
  const times = []
  for (const body of QUERIES) {
    for (let i = 0; i < 5; i++) {
      const askedMs = performance.now()
      const answer = await fetch(`${site.url}api/table`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ ...body, filter: `${body.filter ?? ''} run-${i}` }),
      })
      await answer.json()
      times.push(performance.now() - askedMs)
    }
  }
  rows.push({
    work: 'filter and sort, on the server, p50 and p95 ms',
    seconds: `${Math.round(quantile(times, 0.5))} / ${Math.round(quantile(times, 0.95))}`,
  })
  const typedMs = performance.now()
  await page.fill('[aria-label="Filter runs"]', 'seed=4321')
  await page.waitForFunction(() =>
    document.querySelector('[role=search] [role=status]')?.textContent.startsWith('1 of'),
  )
  rows.push({ work: 'from typing a filter to seeing its result', seconds: seconds(typedMs) })
  rows.push({ work: 'server, peak', 'server MiB': site.peakMiB() })
  await close()
  await site.stop()
  return rows
}

const QUERIES = [
  {},
  { sort: 'name' },
  { sort: '-p:seed', columns: ['p:seed', 'p:lr', 'm:val_loss:last'] },
  { filter: 'val_loss<2 seed>100', sort: 'm:val_loss:last' },
  { group: 'p:augment', sort: '-step' },
]

function seconds(sinceMs) {
  return Number(((performance.now() - sinceMs) / 1000).toFixed(2))
}
