// A browser of the benchmark, and what its pages take of each frame.
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { needChromium } from '../../scripts/chromium.mjs'
import { quantile } from './process.mjs'

const require = createRequire(new URL('../../apps/dashboard/package.json', import.meta.url))

/** Opens a page in a browser with no past; `close` ends both. */
export async function openBrowser(width, height) {
  const executablePath = needChromium()
  if (executablePath === undefined) throw new Error('no Chromium: these figures need one')
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

/** Zooms in and pans with the pointer in the middle of an element; scripting by frame, from the browser's own trace. */
export async function panAndZoom(page, selector) {
  const box = await page.locator(selector).first().boundingBox()
  return traced(page, async () => {
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
    await turnWheel(page, 'Control', 30, () => [0, -60])
    await turnWheel(page, 'Shift', 60, (i) => [i % 20 < 10 ? 40 : -40, 0])
  })
}

/** Moves the pointer over an element; scripting by frame, from the browser's own trace. */
export async function moveCursor(page, selector) {
  const box = await page.locator(selector).first().boundingBox()
  return traced(page, async () => {
    for (let i = 0; i < 150; i++) {
      await page.mouse.move(box.x + 70 + (i / 150) * (box.width - 90), box.y + 60 + (i % 40) * 3)
      await page.waitForTimeout(16)
    }
  })
}

/** Does something in a page; scripting by frame, from the browser's own trace. */
export async function traced(page, work) {
  const session = await page.context().newCDPSession(page)
  const events = []
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value))
  await session.send('Tracing.start', {
    traceConfig: { includedCategories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'] },
    transferMode: 'ReportEvents',
  })
  await work()
  // What is fetched when the movement has come to rest belongs to it.
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
  // The time of the thread, where the browser gives it: what else the machine does is not the page's.
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

/** Sums what runs at the outermost level by spans of a sixtieth of a second. */
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
