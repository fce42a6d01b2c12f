// Fifteen hundred runs of fifteen hundred metrics, and one of ten thousand lines, in a real browser.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openBrowser, panAndZoom } from './browser.mjs'
import { generateRun } from './generate-run.mjs'
import { serve } from './process.mjs'

/** Measures the pages of many runs under `root`. */
export async function benchMany(root, runs = 1500, names = 1500) {
  const place = join(root, 'many')
  for (let i = 0; i < runs; i++) {
    const dir = join(place, `run-${String(i).padStart(4, '0')}`)
    if (!existsSync(join(dir, 'hotcb.log'))) generateRun(dir, { lines: 20, names, seed: i + 1 })
  }
  const longDir = join(place, 'long-one')
  if (!existsSync(join(longDir, 'hotcb.log'))) generateRun(longDir, { lines: 10_000, names })
  const site = await serve('root', place)
  const { page, close } = await openBrowser(1440, 900)
  const rows = []
  const measure = async (work, path, ready) => {
    const startedMs = performance.now()
    await page.goto(site.url + path)
    await page.waitForFunction(ready)
    rows.push({
      work,
      seconds: Number(((performance.now() - startedMs) / 1000).toFixed(2)),
      'server MiB': site.memoryMiB(),
    })
  }
  await measure('floor: a page with a few bytes from the same server', 'api/health', () => document.body !== null)
  const drawn = () => (document.querySelector('.legend b')?.textContent ?? '–') !== '–'
  await measure(`runs page, ${runs} runs`, '', () => document.querySelectorAll('.spark path').length > 8)
  await measure('a run with 20 lines', `run/run-${String(runs >> 1).padStart(4, '0')}`, drawn)
  await measure('the run with 10,000 lines', 'run/long-one', drawn)
  await measure('the run with 10,000 lines again', 'run/long-one', drawn)
  await page.waitForTimeout(1500)
  rows.push({ work: 'pan and zoom, all charts visible', ...(await panAndZoom(page, '.chart .u-over')) })
  rows.push({ work: 'server, peak', 'server MiB': site.peakMiB() })
  await close()
  await site.stop()
  return rows
}
