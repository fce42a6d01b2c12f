import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { dashboard, eventually, openPage, startTraining, temporaryRoot } from './fixture.ts'

/** Presses Tab until an element that matches the selector has the focus. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let i = 0; i < 120; i++) {
    await page.keyboard.press('Tab')
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) === true, selector)) return
  }
  throw new Error(`the Tab key does not reach ${selector}`)
}

/** Presses `c`, and then the letter of a control. */
async function chooseControl(page: Page, key: string): Promise<void> {
  await page.keyboard.press('c')
  const letter = await page.textContent(`[data-control="${key}"] .hint`)
  await page.keyboard.press(letter ?? '')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe(`control-${key}`)
}

async function type(page: Page, text: string): Promise<void> {
  await page.keyboard.type(text)
  await page.keyboard.press('Enter')
}

test('a user works for half an hour with the keyboard alone', { timeout: 400_000 }, async () => {
  const root = temporaryRoot()
  const dir = join(root, 'digits')
  startTraining(dir, ['--max-steps', '100000'])
  await eventually(() => existsSync(join(dir, 'hotcb.actuators.json')) || undefined)
  const step = (): number => {
    try {
      return JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8')).step ?? 0
    } catch {
      return 0
    }
  }
  // A colleague has changed something, long enough ago for it to have an effect.
  await eventually(() => step() >= 60 || undefined)
  const before = { cid: 'b1', module: 'opt', op: 'set_params', params: { lr: 0.02 }, author: 'bob' }
  appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify(before)}\n`)
  await eventually(() => step() >= 180 || undefined)
  const site = await dashboard({ roots: [root] })
  const { page, errors } = await openPage({ author: null })

  // Open, and find the run.
  await page.goto(site.url)
  await page.waitForSelector('a:text("digits")')
  await page.keyboard.press('/')
  await type(page, 'digits')
  await page.waitForSelector('[data-control="lr"]')
  await page.waitForSelector('.flag')

  // Read the effect of the change, with its interval.
  await tabTo(page, '.flag')
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => /[+−-]?\d\S* \[\S+, \S+\]/.test(document.querySelector('dialog')?.textContent ?? ''))
  expect(await page.textContent('dialog')).toMatch(/bob/)
  await page.keyboard.press('Escape')
  expect(await page.evaluate(() => document.activeElement?.className)).toBe('flag')

  // Stage two changes, and apply them.
  await chooseControl(page, 'lr')
  await type(page, '0.0398')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('control-momentum')
  await type(page, '0.8')
  expect(await page.locator('.staged-bar li').allTextContents()).toEqual([
    expect.stringContaining('lr 0.02 → 0.0398'),
    expect.stringContaining('momentum 0.9 → 0.8'),
  ])
  await page.keyboard.press('Enter')
  await page.waitForSelector('[aria-label="Your name"]')
  await type(page, 'ada')
  await page.waitForSelector('.toast[data-answer="verified"]')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('control-momentum')

  // Schedule a change.
  await page.keyboard.press('Control+A')
  await type(page, '0.7')
  await page.keyboard.press('Tab')
  await page.keyboard.press('s')
  await page.keyboard.press('Tab')
  await type(page, '90000')
  await page.waitForSelector('.toast[data-answer="scheduled"]')

  // Revert the applied changes.
  await tabTo(page, '.skip')
  await tabTo(page, '.flag')
  // The last flag is the scheduled change.
  await page.keyboard.press('End')
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('Enter')
  await page.waitForSelector('dialog')
  await tabTo(page, 'dialog .actions .button')
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Revert this change')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.toast:has-text("revert")')

  // Freeze.
  await tabTo(page, '.skip')
  await tabTo(page, '.run-head .button:has(+ .danger)')
  await page.keyboard.press('Enter')
  await tabTo(page, 'dialog input[type="radio"]')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.badge:text-is("frozen")')

  const ledger = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8')
  const lines: Record<string, unknown>[] = ledger
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  expect(
    lines.filter(({ author }) => author === 'ada').map(({ op, decision, payload }) => [op, decision, payload]),
  ).toEqual([
    ['set_params', 'applied', { lr: 0.0398, momentum: 0.8 }],
    ['set_params', 'applied', { lr: 0.02, momentum: 0.9 }],
    ['freeze', 'applied', expect.objectContaining({ mode: 'prod' })],
  ])
  expect(errors).toEqual([])
})
