import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BrowserContext, chromium, type Locator, type Page } from 'playwright-core'
import { afterEach } from 'vitest'
import { findChromium } from '../../../scripts/chromium.mjs'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { type Dashboard, type DashboardOptions, startDashboard } from '../src/index.ts'

export { generateRun } from '../../../bench/dashboard/generate-run.mjs'
export { eventually } from '../test/fixture.ts'

const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

/** Runs a function after the test; the last one added runs first. */
export function afterwards(clean: () => unknown): void {
  cleanups.push(clean)
}

export function temporaryRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'hotcb-browser-'))
  afterwards(() => removeDirectory(root))
  return root
}

/** Starts a dashboard on a free port. */
export async function dashboard(options: DashboardOptions): Promise<Dashboard> {
  const site = await startDashboard({ port: 0, warn: () => undefined, ...options })
  afterwards(() => site.close())
  return site
}

/** Options for opening a page. */
export interface Looks {
  readonly width?: number
  readonly height?: number
  readonly theme?: 'light' | 'dark'
  /** The name that the person has given; null if they have not been asked yet. Default: ada. */
  readonly author?: string | null
}

/** Opens a page in a new browser profile; returns it and the errors that occur in it. */
export async function openPage(looks: Looks = {}): Promise<{ page: Page; context: BrowserContext; errors: string[] }> {
  const { width = 1440, height = 900, theme = 'light', author = 'ada' } = looks
  const profile = mkdtempSync(join(tmpdir(), 'hotcb-profile-'))
  const executablePath = findChromium()
  if (executablePath === undefined)
    throw new Error('no Chromium was found: `npm test` installs one, or reports why it cannot')
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
    removeDirectory(profile)
  })
  if (author !== null) await context.addInitScript((name) => localStorage.setItem('hotcb-author', name), author)
  const page = context.pages()[0] ?? (await context.newPage())
  // On a busy machine, a page and a training run take a while.
  page.setDefaultTimeout(90_000)
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  return { page, context, errors }
}

/** Returns the position of an element once its chart, if any, has read its data, and the element has not moved for ten frames. */
export async function placeOf(element: Locator): Promise<Box> {
  await element.waitFor()
  return await element.evaluate(async (node) => {
    const read = () => {
      const { x, y, width, height } = node.getBoundingClientRect()
      return { x, y, width, height }
    }
    let box = read()
    for (let frames = 0; frames < 10; frames++) {
      await new Promise(requestAnimationFrame)
      const next = read()
      const isReading = node.closest('.chart')?.textContent?.includes('Reading…') === true
      if (isReading || JSON.stringify(next) !== JSON.stringify(box)) frames = 0
      box = next
    }
    return box
  })
}

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
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
