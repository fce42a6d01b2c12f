import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { afterwards, dashboard, eventually, type Looks, openPage, startTraining, temporaryRoot } from './fixture.ts'

async function openLive(looks: Looks = {}): Promise<{ page: Page; dir: string; errors: string[] }> {
  const dir = join(temporaryRoot(), 'digits')
  startTraining(dir, ['--max-steps', '20000'])
  // Before the training run has created its directory, a page would correctly report that the run does not exist.
  await eventually(() => existsSync(join(dir, 'hotcb.actuators.json')) || undefined)
  const site = await dashboard({ dir })
  const { page, errors } = await openPage(looks)
  await page.goto(`${site.url}run/digits`)
  await page.waitForSelector('[data-control="lr"]')
  return { page, dir, errors }
}

interface Line {
  readonly op: string
  readonly decision: string
  readonly author: string | null
  readonly payload: Record<string, unknown> | null
}

function ledger(dir: string): Line[] {
  const text = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8')
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

async function command(page: Page, line: string): Promise<void> {
  await page.fill('[aria-label="Command"]', line)
  await page.press('[aria-label="Command"]', 'Escape')
  await page.press('[aria-label="Command"]', 'Enter')
}

test('a slider value is staged, sent, applied at a step and seen in the trainer; it is not shown as applied before that', async () => {
  const { page, dir, errors } = await openLive()
  const field = page.locator('#control-lr')
  const before = await field.inputValue()
  await field.fill('0.01')
  await field.press('Tab')
  await page.waitForSelector('.control.staged')
  expect(ledger(dir).filter((line) => line.op === 'set_params')).toEqual([])
  await page.click('text=Apply 1 change')
  await page.waitForSelector('.toast[data-answer="verified"]')
  expect(before).not.toBe('0.01')
  expect(await field.inputValue()).toBe('0.01')
  expect(ledger(dir).filter((line) => line.op === 'set_params')).toMatchObject([
    { decision: 'applied', payload: { lr: 0.01 } },
  ])
  await page.waitForSelector('.flag')
  expect(errors).toEqual([])
})

test('a refusal by the kernel is shown as such, with its reason', async () => {
  const { page } = await openLive()
  await command(page, 'set scheduler_scale=0.5')
  const toast = page.locator('.toast[data-answer="failed"]')
  await toast.waitFor()
  expect(await toast.textContent()).toMatch(/`scheduler_scale` needs a schedule, and this optimizer has none/)
})

test('a value out of bounds and an unknown word never leave the page', async () => {
  const { page, dir } = await openLive()
  await page.locator('#control-lr').fill('50')
  await page.locator('#control-lr').press('Tab')
  await page.waitForSelector('#control-lr-issue')
  expect(await page.isDisabled('text=Apply 1 change')).toBe(true)
  await command(page, 'set lr=50')
  expect(await page.locator('.says').textContent()).toMatch(/`lr` must be between 1e-7 and 1, got 50/)
  await command(page, 'set lerning_rate=1')
  expect(await page.locator('.says').textContent()).toMatch(/unknown key `lerning_rate`/)
  await command(page, 'pauze')
  expect(await page.locator('.says').textContent()).toMatch(/did you mean `hotcb pause`/)
  expect(ledger(dir).every((line) => line.op === 'attempt')).toBe(true)
})

test('pause holds the loop, resume continues it, and stop ends it; each is shown once the kernel has done it', async () => {
  const { page } = await openLive()
  afterwards(() => undefined)
  await page.click('text=Pause')
  await page.waitForSelector('.badge:text("paused")')
  const step = async (): Promise<string> => (await page.locator('.facts dd').first().textContent()) ?? ''
  await page.waitForTimeout(600)
  const held = await step()
  await page.waitForTimeout(600)
  expect(await step()).toBe(held)
  await page.click('text=Resume')
  await page.waitForSelector('.badge:text("running")')
  await eventually(async () => ((await step()) === held ? undefined : true))
  page.once('dialog', (dialog) => void dialog.accept())
  await page.click('text=Stop')
  await page.waitForSelector('.badge:text("finished")')
})

test('a command for a later step is shown as scheduled, no matter who sent it, and can be cancelled', async () => {
  const { page, dir } = await openLive()
  await command(page, 'set lr=0.02 --at 15000')
  await page.waitForSelector('.toast[data-answer="scheduled"]')
  await page.click('#activity-button')
  const other = { module: 'opt', op: 'set_params', params: { lr: 0.03 }, cid: 'b1', author: 'bob', at: { step: 16000 } }
  appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify(other)}\n`)
  await page.waitForSelector('.activity li:has-text("lr = 0.03"):has-text("bob"):has-text("for step 16000")')
  await page.click('[aria-label="Cancel lr = 0.02"]')
  await page.waitForSelector('.activity [data-answer="expired"]')
})

test('a mark on a chart shows what was changed and can revert it', async () => {
  const { page, dir } = await openLive()
  await command(page, 'set lr=0.011 --note "a try"')
  await page.waitForSelector('.flag')
  await page.locator('.flag').first().click()
  await page.waitForSelector('dialog')
  expect(await page.locator('dialog h2').textContent()).toMatch(/^lr .+ → 0\.011$/)
  await page.click('text=Revert this change')
  await eventually(() => ledger(dir).find((line) => line.op === 'set_params' && line.payload?.['lr'] !== 0.011))
  await page.waitForSelector('dialog', { state: 'detached' })
})

test('a freeze blocks all changes until it is off, and the page shows when the kernel has read it', async () => {
  const { page } = await openLive()
  await page.click('text=Freeze…')
  await page.check('dialog input[value="prod"]')
  await page.click('text=Write freeze')
  await page.waitForSelector('.badge:text-is("frozen")')
  await command(page, 'set lr=0.01')
  await page.waitForSelector('.says:has-text("freeze is prod: the kernel would refuse this")')
  await page.press('[aria-label="Command"]', 'Enter')
  await page.waitForSelector('.toast[data-answer="ignored freeze"]')
  await command(page, 'unfreeze')
  await page.waitForSelector('.badge:text-is("frozen")', { state: 'detached' })
  await command(page, 'set lr=0.012')
  await page.waitForSelector('.toast[data-answer="verified"]')
})

test('the command bar completes verbs, keys and flags by keyboard alone', async () => {
  const { page } = await openLive()
  await page.locator('body').press(':')
  await page.keyboard.type('se')
  await page.keyboard.press('Tab')
  await page.keyboard.type('l')
  await page.keyboard.press('Tab')
  await page.keyboard.type('0.013 --no')
  await page.keyboard.press('Tab')
  expect(await page.inputValue('[aria-label="Command"]')).toBe('set lr=0.013 --note ')
  await page.fill('[aria-label="Command"]', '')
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('BUTTON')
})

test('a person without a name is asked for one before the first change, and the ledger records it', async () => {
  const { page, dir } = await openLive({ author: null })
  await command(page, 'set lr=0.011')
  await page.fill('[aria-label="Your name"]', 'grace')
  await page.press('[aria-label="Your name"]', 'Enter')
  await page.waitForSelector('.toast[data-answer="verified"]')
  await command(page, 'set lr=0.012')
  await eventually(() => ledger(dir).filter(({ op, author }) => op === 'set_params' && author === 'grace').length === 2)
  await command(page, 'freeze prod')
  await page.waitForSelector('.badge:text-is("frozen")')
  expect(JSON.parse(readFileSync(join(dir, 'hotcb.freeze.json'), 'utf8'))).toMatchObject({ author: 'grace' })
  await page.reload()
  expect(await page.getByRole('button', { name: /^Your name: grace/ }).textContent()).toBe('grace')
})

test("staged changes survive other tabs and a reload, and fail rather than overwrite another person's change", async () => {
  const { page, dir } = await openLive()
  await page.locator('#control-lr').fill('0.0398')
  await page.locator('#control-lr').press('Enter')
  await page.fill('[aria-label="Note"]', 'less noise')
  await page.getByRole('tab', { name: 'Log' }).click()
  expect(await page.textContent('[data-staged="lr"]')).toContain('lr 0.05 → 0.0398')
  await page.reload()
  await page.waitForSelector('[data-staged="lr"]')
  expect(await page.inputValue('[aria-label="Note"]')).toBe('less noise')
  const other = { module: 'opt', op: 'set_params', params: { lr: 0.02 }, cid: 'b1', author: 'bob' }
  appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify(other)}\n`)
  await page.waitForSelector('.toast:has-text("lr 0.05 → 0.02 by bob")')
  await page.click('text=Change it anyway')
  await page.click('text=Apply 1 change')
  await page.waitForSelector('.toast:has-text("lr 0.02 → 0.0398")')
  await page.waitForSelector('.staged-bar', { state: 'detached' })
  const sent = readFileSync(join(dir, 'hotcb.commands.jsonl'), 'utf8').trim().split('\n').at(-1) ?? ''
  expect(JSON.parse(sent)).toMatchObject({ expect: { lr: 0.02 }, author: 'ada', note: 'less noise' })
})

test('a field that keeps the focus still shows that another person changed its value', async () => {
  const { page, dir } = await openLive()
  const lr = page.locator('#control-lr')
  await lr.fill('0.0398')
  await lr.press('Enter')
  const other = { module: 'opt', op: 'set_params', params: { lr: 0.02 }, cid: 'b1', author: 'bob' }
  appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify(other)}\n`)
  await page.waitForSelector('.staged-bar .moved')
  await lr.press('Enter')
  const review = page.locator('.staged-bar .moved button')
  await eventually(() => review.evaluate((button) => button === document.activeElement))
  const apply = page.locator('.staged-bar .primary')
  expect([await apply.isDisabled(), await apply.getAttribute('title')]).toEqual([
    true,
    'lr has changed since you edited it: confirm the change first',
  ])
  expect(await page.textContent('[data-staged="lr"]')).toContain('lr 0.05 → 0.0398')
  expect(ledger(dir).filter(({ op }) => op === 'set_params')).toHaveLength(1)
  await review.click()
  await apply.click()
  await page.waitForSelector('.toast:has-text("lr 0.02 → 0.0398")')
})

test('a step that has passed is refused both by the staged bar and by the command bar', async () => {
  const { page, dir } = await openLive()
  await eventually(async () => Number.parseInt((await page.locator('.facts dd').first().textContent()) ?? '', 10) > 5)
  await command(page, 'set lr=0.011 --at 3')
  expect(await page.locator('.says').textContent()).toMatch(
    /^step 3 of `--at` has passed: the trainer is at step \d+; use `--late` to send it anyway/,
  )
  await page.locator('#control-lr').fill('0.02')
  await page.locator('#control-lr').press('Enter')
  await page.fill('[aria-label^="At step"]', '3')
  expect(await page.textContent('#staged-problem')).toMatch(/^step 3 has passed: the trainer is at step \d+$/)
  expect(await page.isDisabled('text=Schedule 1 change')).toBe(true)
  expect(ledger(dir).every(({ op }) => op === 'attempt')).toBe(true)
  await command(page, 'set lr=0.011 --at 3 --late')
  await page.waitForSelector('.toast[data-answer="verified"]')
})

test('a callback that cannot be loaded is reported in the same place as every other result', async () => {
  const { page } = await openLive()
  await page.getByRole('tab', { name: 'Callbacks' }).click()
  await page.fill('[aria-label="Callback id"]', 'mine')
  await page.fill('[aria-label="File"]', 'missing.ts')
  await page.getByRole('button', { name: 'Load', exact: true }).click()
  expect(await page.locator('.toast[data-answer="failed"]').textContent()).toMatch(/missing\.ts/)
})
