// The benchmark's browser, and the scripting time of its pages in each frame.
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { needChromium } from '../../scripts/chromium.mjs'
import { quantile } from './process.mjs'

const require = createRequire(new URL('../../apps/dashboard/package.json', import.meta.url))

/** Opens a page in a browser with an empty profile; `close` ends both. */
export async function openBrowser(width, height) {
  const executablePath = needChromium()
  if (executablePath === undefined) throw new Error('no Chromium: this benchmark needs one')
  const { chromium } = require('playwright-core')
  const profile = mkdtempSync(join(tmpdir(), 'hotcb-bench-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport: { width, height },
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  })
  const page = context.pages()[0] ?? (await context.newPage())
  return {
    page,
    async close() {
      await context.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}

/** Zooms in and pans with the pointer in the middle of an element; returns the scripting time per frame, from the browser's trace. */
export async function panAndZoom(page, selector) {
  const box = await page.locator(selector).first().boundingBox()
  return traced(page, async () => {
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
    await turnWheel(page, 'Control', 30, () => [0, -60])
    await turnWheel(page, 'Shift', 60, (i) => [i % 20 < 10 ? 40 : -40, 0])
  })
}

/** Moves the pointer over an element; returns the scripting time per frame, from the browser's trace. */
export async function moveCursor(page, selector) {
  const box = await page.locator(selector).first().boundingBox()
  return traced(page, async () => {
    for (let i = 0; i < 150; i++) {
      await page.mouse.move(box.x + 70 + (i / 150) * (box.width - 90), box.y + 60 + (i % 40) * 3)
      await page.waitForTimeout(16)
    }
  })
}

/** Acts in a page; returns the scripting time per frame, from the browser's trace. */
export async function traced(page, work) {
  const session = await page.context().newCDPSession(page)
  const events = []
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value))
  await session.send('Tracing.start', {
    traceConfig: { includedCategories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'] },
    transferMode: 'ReportEvents',
  })
  await work()
  // Requests after the end of a movement count as part of it.
  await page.waitForTimeout(600)
  const done = new Promise((end) => session.once('Tracing.tracingComplete', end))
  await session.send('Tracing.end')
  await done
  await session.detach()
  return figuresOf(events)
}

async function turnWheel(page, key, times, by) {
  await page.keyboard.down(key)
  for (let i = 0; i < times; i++) {
    await page.mouse.wheel(...by(i))
    await page.waitForTimeout(16)
  }
  await page.keyboard.up(key)
}

function figuresOf(events) {
  // The thread's CPU time, if the browser reports it, because it excludes other work on the machine.
  const complete = events
    .filter(({ ph }) => ph === 'X')
    .map((event) => ({ ...event, ms: (event.tdur ?? event.dur ?? 0) / 1000 }))
  if (process.env.DEBUG) {
    const top = complete.sort((a, b) => b.ms - a.ms).slice(0, 25)
    for (const e of top)
      console.log(
        e.name,
        e.ms.toFixed(1),
        ((e.dur ?? 0) / 1000).toFixed(1),
        e.tdur === undefined ? 'no tdur' : '',
        e.tid,
        JSON.stringify(e.args).slice(0, 140),
      )
  }
  const scripts = complete.filter(({ name }) => SCRIPTS.includes(name))
  const thread = scripts[0]?.tid
  const tasks = complete.filter(({ name, tid }) => TASKS.includes(name) && tid === thread)
  const frames = byFrame(scripts)
  return {
    'scripting per frame, p95 ms': round(quantile(frames, 0.95)),
    'longest script ms': longest(scripts),
    'longest task ms': longest(tasks),
    frames: frames.length,
  }
}

const SCRIPTS = ['FunctionCall', 'EventDispatch', 'FireAnimationFrame', 'TimerFire', 'RunMicrotasks']
const TASKS = ['RunTask', 'ThreadControllerImpl::RunTask']

/** Sums the outermost events in each sixtieth of a second. */
function byFrame(scripts) {
  const frames = new Map()
  let end = 0
  for (const { ts, dur, ms } of scripts.sort((a, b) => a.ts - b.ts)) {
    if (ts < end) continue
    end = ts + dur
    const frame = Math.floor(ts / 16_667)
    frames.set(frame, (frames.get(frame) ?? 0) + ms)
  }
  return [...frames.values()]
}

function longest(events) {
  return round(Math.max(0, ...events.map(({ ms }) => ms)))
}

function round(value) {
  return Number(value.toFixed(1))
}
