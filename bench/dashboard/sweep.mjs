// The page of a sweep of ten thousand trials, in a real browser.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openBrowser, traced } from './browser.mjs'
import { quantile, serve } from './process.mjs'

/** Measures the page of a sweep of `trials` trials under `root`. */
export async function benchSweep(root, trials = 10_000) {
  const place = join(root, 'sweeps')
  const journal = writeSweep(join(place, 'big'), trials)
  const site = await serve('root', place)
  const { page, close } = await openBrowser(1440, 900)
  const rows = []
  const open = async (work) => {
    const startedMs = performance.now()
    await page.goto(`${site.url}sweep/big`)
    await page.waitForFunction(
      (count) => document.querySelector('.parallel-box')?.dataset.lines === count,
      String(trials),
    )
    await page.waitForFunction(() => document.querySelectorAll('.trials .line').length > 5)
    rows.push({ work, ms: Math.round(performance.now() - startedMs), 'server MiB': site.memoryMiB() })
  }
  await open('first paint: table and parallel coordinates, no files read yet')
  await page.waitForFunction(() => !document.body.textContent.includes('not read yet'), undefined, {
    timeout: 300_000,
  })
  await open('the same, files already read')
  await page.waitForTimeout(3000)
  const compressed = await fetch(`${site.url}api/sweeps/big/trials`, { headers: { 'Accept-Encoding': 'gzip' } })
  const size = Number(compressed.headers.get('content-length') ?? 0) / 1000
  rows.push({ work: 'all trials with 10 parameters, kB transferred', ms: Math.round(size) })
  rows.push({
    work: 'update: from receiving a response with 100 changed trials to drawing it',
    ms: await updates(page, journal),
  })
  const box = await page.locator('.axis-catch').nth(2).boundingBox()
  rows.push({
    work: 'brush on an axis',
    ...(await traced(page, async () => {
      await page.mouse.move(box.x + box.width / 2, box.y + 10)
      await page.mouse.down()
      for (let i = 0; i < 150; i++) {
        await page.mouse.move(box.x + box.width / 2, box.y + 20 + (box.height - 30) * (0.5 + 0.5 * Math.sin(i / 12)))
        await page.waitForTimeout(16)
      }
      await page.mouse.up()
    })),
  })
  rows.push({ work: 'server, peak', 'server MiB': site.peakMiB() })
  await close()
  await site.stop()
  return rows
}

/** The median time from an answer to the next frame in which the page shows it. */
async function updates(page, journal) {
  const times = []
  for (let round = 0; round < 8; round++) {
    journal.end(100)
    const ended = String(journal.ended)
    const took = await page.evaluate(async (count) => {
      const shown = () =>
        [...document.querySelectorAll('.state-toggle')].some((one) => one.textContent.includes(`completed ${count}`))
      // The last answer before the page shows the new numbers.
      let answerMs = 0
      const observer = new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (entry.name.includes('/trials')) answerMs = entry.responseEnd
      })
      observer.observe({ type: 'resource' })
      while (!shown()) await new Promise((done) => requestAnimationFrame(done))
      await new Promise((done) => requestAnimationFrame(done))
      const shownMs = performance.now()
      await new Promise((done) => setTimeout(done, 20))
      observer.disconnect()
      return shownMs - answerMs
    }, ended)
    times.push(took)
  }
  return Math.round(quantile(times, 0.5))
}

/** Writes a workspace with a journal like a driver's: the last `later` trials have not begun, the others have ended. */
export function writeSweep(dir, trials, { later = 1000, params: count = 10 } = {}) {
  const names = Array.from({ length: count }, (_, at) => NAMES[at] ?? `p${at}`)
  const random = seeded(1)
  const parameters = names.map((name) => `  ${name}: {type: continuous, low: 0, high: 1}`).join('\n')
  const config = `name: big\nlauncher: ./launch.sh\nsearch: {method: random, trials: ${trials}}\nobjective: {metric: loss, direction: min}\nparameters:\n${parameters}\n`
  const state = join(dir, '.hyperherd')
  mkdirSync(join(state, 'journal'), { recursive: true })
  mkdirSync(join(state, 'results'), { recursive: true })
  writeFileSync(join(dir, 'hyperherd.yaml'), config)
  let k = 0
  const ts = 1_700_000_000
  const line = (event) => `${JSON.stringify({ n: 1, k: k++, ts, by: 'bench', ...event })}\n`
  let text = line({ type: 'open', host: 'bench', pid: 1, start: null, token: 'a', command: 'run', after: [0, 0] })
  text += line({ type: 'config', sha256: 'x', text: config, executor: 'local' })
  // The others begin and end while the page is open.
  const begun = trials - later
  const begin = (i) =>
    line({ type: 'intent', sid: `s${i}`, executor: 'local', attempts: [[i, 1]] }) +
    line({ type: 'sent', sid: `s${i}`, job: String(i + 1) }) +
    line({
      type: 'seen',
      rows: [[i, 1, 0, 'completed', { code: 0, begun: ts, ended: ts + 60 + (i % 50), last_log: '', step: 100 }]],
    })
  for (let i = 0; i < trials; i++) {
    const params = Object.fromEntries(names.map((name) => [name, random()]))
    text += line({ type: 'plan', trials: [{ i, hash: `h${i}`, params, extras: {}, name: `t${i}` }] })
    if (i < begun) text += begin(i)
    const loss = (params.lr_scale - 0.3) ** 2 + 0.3 * params.dropout + 0.05 * random()
    writeFileSync(join(state, 'results', `${i}.json`), JSON.stringify({ loss }))
    if (i < 1000) writeCurve(join(state, 'results', String(i)), loss)
  }
  const path = join(state, 'journal', 'bench-000001.jsonl')
  writeFileSync(path, text)
  let ended = begun
  return {
    get ended() {
      return ended
    },
    /** Lets the next `count` trials begin and end. */
    end(count) {
      let more = ''
      for (const end = ended + count; ended < end; ended++) more += begin(ended)
      appendFileSync(path, more)
    },
  }
}

const NAMES = ['lr_scale', 'dropout', 'mixup', 'label_smoothing']

function writeCurve(dir, loss) {
  mkdirSync(join(dir, 'stream'), { recursive: true })
  const at = (step) => JSON.stringify({ step: step * 2, value: loss + Math.exp(-step / 12), ts: step })
  writeFileSync(join(dir, 'stream', 'loss.jsonl'), Array.from({ length: 50 }, (_, step) => `${at(step)}\n`).join(''))
}

function seeded(seed) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
