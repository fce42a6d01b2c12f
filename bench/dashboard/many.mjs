// Fifteen hundred runs of fifteen hundred metrics, and one of ten thousand lines, in a real browser.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { needChromium } from '../../scripts/chromium.mjs'
import { generateRun } from './generate-run.mjs'
import { quantile, serve } from './process.mjs'

const require = createRequire(new URL('../../apps/dashboard/package.json', import.meta.url))

/** Measures the pages of many runs under `root`. */
export async function benchMany(root, runs = 1500, names = 1500) {
  const place = join(root, 'many')
  for (let i = 0; i < runs; i++) {
    const dir = join(place, `run-${String(i).padStart(4, '0')}`)
    if (!existsSync(join(dir, 'hotcb.log'))) generateRun(dir, { lines: 20, names, seed: i + 1 })
  }
  const longDir = join(place, 'long-one')
  if (!existsSync(join(longDir, 'hotcb.log'))) generateRun(longDir, { lines: 10_000, names })
  const executablePath = needChromium()
  if (executablePath === undefined) throw new Error('no Chromium: these figures need one')
  const site = await serve('root', place)
  const { chromium } = require('playwright-core')
  const profile = mkdtempSync(join(tmpdir(), 'hotcb-bench-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport: { width: 1440, height: 900 },
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  })
  const page = context.pages()[0] ?? (await context.newPage())
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
  const drawn = () => (document.querySelector('.legend b')?.textContent ?? '–') !== '–'
  await measure(`runs page, ${runs} runs`, '', () => document.querySelectorAll('.spark path').length > 8)
  await measure('a run of 20 lines', `run/run-${String(runs >> 1).padStart(4, '0')}`, drawn)
  await measure('the run of 10,000 lines', 'run/long-one', drawn)
  await measure('the run of 10,000 lines again', 'run/long-one', drawn)
  rows.push(await panAndZoom(page))
  rows.push({ work: 'server, at most', 'server MiB': site.peakMiB() })
  await context.close()
  await site.stop()
  rmSync(profile, { recursive: true, force: true })
  return rows
}

/** Pans and zooms with every chart in sight linked; scripting by frame, from the browser's own trace. */
async function panAndZoom(page) {
  await page.waitForTimeout(1500)
  const box = await page.locator('.u-over').first().boundingBox()
  const session = await page.context().newCDPSession(page)
  const events = []
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value))
  await session.send('Tracing.start', {
    traceConfig: { includedCategories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'] },
    transferMode: 'ReportEvents',
  })
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  await page.keyboard.down('Control')
  for (let i = 0; i < 30; i++) {
    await page.mouse.wheel(0, -60)
    await page.waitForTimeout(16)
  }
  await page.keyboard.up('Control')
  await page.keyboard.down('Shift')
  for (let i = 0; i < 60; i++) {
    await page.mouse.wheel(i % 20 < 10 ? 40 : -40, 0)
    await page.waitForTimeout(16)
  }
  await page.keyboard.up('Shift')
  const done = new Promise((end) => session.once('Tracing.tracingComplete', end))
  await session.send('Tracing.end')
  await done
  const tasks = events.filter(
    ({ name, ph }) => ph === 'X' && (name === 'RunTask' || name === 'ThreadControllerImpl::RunTask'),
  )
  const scripts = events.filter(
    ({ name, ph }) => ph === 'X' && ['FunctionCall', 'EventDispatch', 'FireAnimationFrame', 'TimerFire'].includes(name),
  )
  const frames = byFrame(scripts)
  return {
    work: 'pan and zoom, all charts in sight',
    'scripting a frame, p95 ms': Number(quantile(frames, 0.95).toFixed(2)),
    'longest script ms': Number((Math.max(0, ...scripts.map(({ dur }) => dur)) / 1000).toFixed(1)),
    'longest task ms': Number(
      (Math.max(0, ...tasks.filter(({ tid }) => tid === scripts[0]?.tid).map(({ dur = 0 }) => dur)) / 1000).toFixed(1),
    ),
    frames: frames.length,
  }
}

/** Sums what runs at the outermost level by spans of a sixtieth of a second. */
function byFrame(scripts) {
  const frames = new Map()
  let end = 0
  for (const { ts, dur } of scripts.sort((a, b) => a.ts - b.ts)) {
    if (ts < end) continue
    end = ts + dur
    const frame = Math.floor(ts / 16_667)
    frames.set(frame, (frames.get(frame) ?? 0) + dur / 1000)
  }
  return [...frames.values()]
}
