// `pnpm screenshots`: retakes the pictures in docs/screenshots from a real training run, in three sizes and two themes. `--only
// tuner,autopilot` retakes only those.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateRun } from '../bench/dashboard/generate-run.mjs'
import { writeSweep } from '../bench/dashboard/sweep.mjs'
import { needChromium } from './chromium.mjs'
import { setUp } from './set-up.mjs'

if (!process.argv.includes('--built')) setUp()
const executablePath = needChromium()
if (executablePath === undefined) process.exit(1)
const { startDashboard } = await import('../apps/dashboard/dist/index.js')
const { chromium } = createRequire(new URL('../apps/dashboard/package.json', import.meta.url))('playwright-core')

const SIZES = { desktop: [1440, 900], tablet: [820, 1180], phone: [380, 820] }
const PLACES = {
  runs: '',
  compare: `compare?runs=${[1, 2, 3, 4, 5, 6, 7].map((i) => `sweep~trial-${i}`).join(',')}`,
  charts: 'run/digits',
  controls: 'run/digits?tab=controls',
  ledger: 'run/digits?tab=ledger',
  recipe: 'run/digits?tab=recipe',
  summary: 'run/digits?tab=summary',
  focus: 'run/digits?focus=train_loss,val_loss&smooth=0.6',
  change: 'run/digits',
  autopilot: 'run/digits?tab=autopilot',
  model: 'run/advised?tab=autopilot',
  tuner: 'run/digits?tab=tune',
  notifications: 'run/digits?tab=notifications',
  sweep: 'sweep/search',
  // This is the last picture, because staged changes stay on the page.
  staged: 'run/digits?tab=controls',
}
const only = process.argv[process.argv.indexOf('--only') + 1]
const wanted = process.argv.includes('--only') ? only.split(',') : Object.keys(PLACES)

const RULES = `version: 2
rules:
  - id: low_enough
    description: The loss is low enough to halve the rate.
    when: "val_loss < 0.2"
    action: {set: {lr: x0.5}}
    confidence: high
  - id: noisy
    description: The training loss is far above its mean.
    when: "train_loss > 3 * mean(train_loss, 50)"
    action: {do: notify}
  - {id: diverged, condition: divergence, metric: train_loss, action: {do: rescue}, confidence: high}
`
// No program listens on this port: the messages fail, and no other machine receives them.
const NOTIFY = `channels:
  here: {kind: terminal}
  hook: {kind: webhook, url: "http://127.0.0.1:9/hotcb", secret: env:HOOK_SECRET}
rules:
  - {on: waiting_approval}
  - {on: finished}
  - {when: "val_loss > 1.2 * least(val_loss, 20)", for: 100 steps, channels: [hook]}
quiet: {from: "22:00", to: "07:00", zone: Europe/Berlin, except: critical}
`

const root = mkdtempSync(join(tmpdir(), 'hotcb-screenshots-'))
const out = 'docs/screenshots'
mkdirSync(out, { recursive: true })
for (let i = 0; i < 14; i++)
  generateRun(join(root, `sweep/trial-${i + 1}`), { lines: 200 + i * 40, seed: i + 1, config: 'digits-adam' })
writeSweep(join(root, 'search'), 240, { later: 40, params: 4 })
const program = join('apps/cli/bin/hotcb.js')
const training = spawn(
  process.execPath,
  [
    program,
    '--dir',
    join(root, 'digits'),
    'demo',
    '--step-delay',
    '0.01',
    '--max-steps',
    '100000',
    '--tune',
    'suggest',
  ],
  {
    stdio: 'ignore',
  },
)
const helpers = []
const model = wanted.includes('model') ? await openModel() : undefined
const site = await startDashboard({
  roots: [root],
  port: 0,
  env: { ...process.env, HOOK_SECRET: 'secret', XDG_STATE_HOME: join(root, 'state') },
})
const profile = mkdtempSync(join(tmpdir(), 'hotcb-screenshots-profile-'))
const context = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
})
try {
  await context.addInitScript(() => localStorage.setItem('hotcb-author', 'ada'))
  await steer()
  for (const [size, [width, height]] of Object.entries(SIZES)) {
    for (const theme of ['light', 'dark']) {
      const page = await context.newPage()
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme: theme })
      for (const [name, path] of Object.entries(PLACES)) {
        if (!wanted.includes(name)) continue
        await page.goto(site.url + path)
        await page.waitForLoadState('networkidle')
        await page.waitForTimeout(1200)
        if (name === 'change') {
          // A change by a person is selected, because the tuner's own change at the start has no effect to show.
          await page.locator('.flag[data-source="person"]').first().click()
          await page.waitForTimeout(800)
        }
        if (name === 'recipe') {
          // An edit, so that the picture also shows the previous values.
          await page.fill('[aria-label="Step of entry 1"]', '350')
          await page.press('[aria-label="Step of entry 1"]', 'Enter')
          await page.waitForTimeout(300)
        }
        if (name === 'staged') {
          await page.fill('#control-lr', '0.0125')
          await page.press('#control-lr', 'Enter')
          await page.fill('#control-momentum', '0.85')
          await page.press('#control-momentum', 'Enter')
          await page.click('#activity-button')
          await page.waitForTimeout(300)
        }
        await page.screenshot({ path: `${out}/${name}-${size}-${theme}.png` })
      }
      await page.close()
    }
  }
} finally {
  await context.close()
  await site.close()
  model?.close()
  for (const child of [training, ...helpers]) {
    const ended = new Promise((done) => child.once('exit', done))
    child.kill('SIGKILL')
    await ended
  }
  rmSync(root, { recursive: true, force: true })
  rmSync(profile, { recursive: true, force: true })
}

/** Starts a second training run. A local stand-in for a language model advises it. */
async function openModel() {
  const answers = [
    ['healthy', 'val_loss (m1) falls from 0.9 to 0.31 with z -5.2. Nothing to do.', []],
    [
      'too_high',
      'train_loss jumps by a third between steps while val_loss stalls: the rate is somewhat high.',
      [['set_lr', 0.03]],
    ],
    ['plateau', 'The change at step 60 has not been measured yet. I wait for its effect.', []],
  ]
  let count = 0
  const server = createServer((request, response) => {
    request.resume()
    const [diagnosis, reasoning, actions] = answers[Math.min(count++, answers.length - 1)]
    const wanted = actions.map(([action, value]) => ({ action, target: null, value, text: null, learnings: null }))
    const content = JSON.stringify({ diagnosis, reasoning, actions: wanted, next_check: 40 })
    const usage = { prompt_tokens: 2100, completion_tokens: 120 }
    response.writeHead(200, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify({ choices: [{ message: { content }, finish_reason: 'stop' }], usage }))
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  const dir = join(root, 'advised')
  mkdirSync(dir)
  const base = `http://127.0.0.1:${server.address().port}/v1`
  const prices = '{gpt-4o-mini: {input: 0.15, output: 0.6}}'
  const ai = `ai: {base_url: "${base}", model: gpt-4o-mini, prices: ${prices}, budget: {usd: 2, calls: 200}}`
  writeFileSync(join(dir, 'hotcb.autopilot.yaml'), `mode: ai_auto\nkey_metric: val_loss\n${ai}\n`)
  const env = { ...process.env, HOTCB_AI_KEY: '', XDG_STATE_HOME: join(root, 'state') }
  const start = (...words) =>
    helpers.push(spawn(process.execPath, [program, '--dir', dir, ...words], { stdio: 'ignore', env }))
  start('demo', '--step-delay', '0.2', '--max-steps', '100000')
  while (!existsSync(join(dir, 'hotcb.metrics.jsonl'))) await new Promise((done) => setTimeout(done, 100))
  start('autopilot', 'run')
  // The model is called at most every twenty seconds.
  while (count < 3) await new Promise((done) => setTimeout(done, 500))
  return server
}

/** Lets the run train, and changes it a few times, so that there is something to show. */
async function steer() {
  const commands = [
    [250, { module: 'opt', op: 'set_params', params: { lr: 0.02 }, author: 'ada', note: 'less noise' }],
    [450, { module: 'opt', op: 'set_params', params: { scheduler_scale: 2 } }],
    [650, { module: 'loss', op: 'set_params', params: { label_smoothing: 0.1 }, author: 'ada' }],
    [850, { module: 'core', op: 'checkpoint', params: { action: 'save', tag: 'good' } }],
  ]
  while (lastStep() < 100) await new Promise((done) => setTimeout(done, 100))
  watch()
  for (const [step, command] of commands) {
    while (lastStep() < step) await new Promise((done) => setTimeout(done, 100))
    await fetch(`${site.url}api/runs/digits/commands`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ commands: [command] }),
    })
  }
  while (lastStep() < 1000) await new Promise((done) => setTimeout(done, 100))
}

/** Lets an autopilot with a custom rule and a notifier watch the training run. */
function watch() {
  const dir = join(root, 'digits')
  writeFileSync(join(dir, 'rules.yaml'), RULES)
  writeFileSync(join(dir, 'hotcb.autopilot.yaml'), 'mode: suggest\nrules: [rules.yaml]\n')
  writeFileSync(join(dir, 'hotcb.notify.yaml'), NOTIFY, { mode: 0o600 })
  for (const words of [
    ['autopilot', 'run'],
    ['notify', 'run'],
  ]) {
    const env = { ...process.env, HOOK_SECRET: 'secret' }
    helpers.push(spawn(process.execPath, [program, '--dir', dir, ...words], { stdio: 'ignore', env }))
  }
}

function lastStep() {
  try {
    return JSON.parse(readFileSync(join(root, 'digits', 'hotcb.state.json'), 'utf8')).step ?? 0
  } catch {
    return 0
  }
}
