// `pnpm screenshots`: renews docs/screenshots from a training that really runs, in three sizes and two themes.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateRun } from '../bench/dashboard/generate-run.mjs'
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
  charts: 'run/digits',
  controls: 'run/digits?tab=controls',
  ledger: 'run/digits?tab=ledger',
  summary: 'run/digits?tab=summary',
  focus: 'run/digits?focus=train_loss,val_loss&smooth=0.6',
  change: 'run/digits',
  staged: 'run/digits?tab=controls',
}

const root = mkdtempSync(join(tmpdir(), 'hotcb-screenshots-'))
const out = 'docs/screenshots'
mkdirSync(out, { recursive: true })
for (let i = 0; i < 14; i++)
  generateRun(join(root, `sweep/trial-${i + 1}`), { lines: 200 + i * 40, seed: i + 1, config: 'digits-adam' })
const program = join('apps/cli/bin/hotcb.js')
const training = spawn(
  process.execPath,
  [program, '--dir', join(root, 'digits'), 'demo', '--step-delay', '0.01', '--max-steps', '100000'],
  {
    stdio: 'ignore',
  },
)
const site = await startDashboard({ roots: [root], port: 0 })
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
        await page.goto(site.url + path)
        await page.waitForTimeout(1200)
        if (name === 'change') {
          await page.locator('.flag').first().click()
          await page.waitForTimeout(800)
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
  const ended = new Promise((done) => training.once('exit', done))
  training.kill('SIGKILL')
  await ended
  rmSync(root, { recursive: true, force: true })
  rmSync(profile, { recursive: true, force: true })
}

/** Lets it train, and changes it a few times, so that there is something to see. */
async function steer() {
  const commands = [
    [250, { module: 'opt', op: 'set_params', params: { lr: 0.02 }, author: 'ada', note: 'less noise' }],
    [450, { module: 'opt', op: 'set_params', params: { scheduler_scale: 2 } }],
    [650, { module: 'loss', op: 'set_params', params: { label_smoothing: 0.1 }, author: 'ada' }],
    [850, { module: 'core', op: 'checkpoint', params: { action: 'save', tag: 'good' } }],
  ]
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

function lastStep() {
  try {
    return JSON.parse(readFileSync(join(root, 'digits', 'hotcb.state.json'), 'utf8')).step ?? 0
  } catch {
    return 0
  }
}
