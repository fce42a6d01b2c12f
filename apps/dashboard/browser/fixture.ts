import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterEach } from 'vitest'
import { findChromium } from '../../../scripts/chromium.mjs'
import { type Dashboard, type DashboardOptions, startDashboard } from '../src/index.ts'

export { generateRun } from '../../../bench/dashboard/generate-run.mjs'
export { eventually } from '../test/fixture.ts'

const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

/** Runs when the test is over, last first. */
export function afterwards(clean: () => unknown): void {
  cleanups.push(clean)
}

export function temporaryRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'hotcb-browser-'))
  afterwards(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }))
  return root
}

/** A dashboard on a free port. */
export async function dashboard(options: DashboardOptions): Promise<Dashboard> {
  const site = await startDashboard({ port: 0, warn: () => undefined, ...options })
  afterwards(() => site.close())
  return site
}

/** How a page is opened. */
export interface Looks {
  readonly width?: number
  readonly height?: number
  readonly theme?: 'light' | 'dark'
  /** The name that the person has given; null: not asked yet. Default: ada. */
  readonly author?: string | null
}

/** A page of a browser with no past, and everything that went wrong in it. */
export async function openPage(looks: Looks = {}): Promise<{ page: Page; context: BrowserContext; errors: string[] }> {
  const { width = 1440, height = 900, theme = 'light', author = 'ada' } = looks
  const profile = mkdtempSync(join(tmpdir(), 'hotcb-profile-'))
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('no Chromium: `npm test` installs one, or say why it cannot')
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport: { width, height },
    colorScheme: theme,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  afterwards(async () => {
    await context.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  })
  if (author !== null) await context.addInitScript((name) => localStorage.setItem('hotcb-author', name), author)
  const page = context.pages()[0] ?? (await context.newPage())
  // A training run takes its time to start on a machine that does other things.
  page.setDefaultTimeout(12_000)
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  return { page, context, errors }
}

/** Starts the built-in demo, with a real kernel, in its own process. */
export function startTraining(dir: string, options: readonly string[] = []): ChildProcess {
  const program = fileURLToPath(new URL('../../cli/bin/hotcb.js', import.meta.url))
  const child = spawn(process.execPath, [program, '--dir', dir, 'demo', '--step-delay', '0.02', ...options], {
    stdio: 'ignore',
  })
  afterwards(() => child.kill('SIGKILL'))
  return child
}
