import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addToken } from '../src/index.ts'
import { violations } from './axe.ts'
import { dashboard, openPage, temporaryRoot } from './fixture.ts'
import { decide, MODEL_TEXT, writeAdvisedRun, writeWatchedRun } from './watched-run.ts'

const RULES = `version: 2
rules:
  - id: falls
    when: "val_loss < 1"
    action: {do: notify}
    cooldown: 1000
`

test('a proposal is shown with its evidence and approved under a name; its answer and the rules are easy to find', async () => {
  const root = temporaryRoot()
  const dir = join(root, 'run')
  writeWatchedRun(dir)
  const site = await dashboard({ roots: [root] })
  const { page, errors } = await openPage()
  await page.goto(`${site.url}run/run`)
  await page.click('role=tab[name=/^Autopilot ?1$/]')
  const proposal = page.locator('[data-proposal="a1-4"]')
  await proposal.locator('svg[aria-label^="val_loss around step 380: level "]').waitFor()
  expect(await proposal.textContent()).toMatch(/lr 3e-4 → 1\.5e-4.*until 2\d min/)
  expect(await page.textContent('[data-action="a1-2"]')).toMatch(
    /approved by bob, applied \(ledger line 101\).*better: val_loss lower/,
  )
  expect(await page.textContent('[data-action="a1-3"]')).toContain(
    'rejected by bob (ledger line 102): wait for the next epoch',
  )
  expect(await page.textContent('[data-rule="val_plateau_lr_reduce"]')).toContain('a1-4 is waiting for a person')
  expect(await violations(page)).toEqual([])
  await proposal.locator('input').fill('looks right')
  await proposal.getByRole('button', { name: 'Approve' }).click()
  await page.waitForSelector('[data-action="a1-4"]:has-text("approved by ada, waiting for the trainer")')
  const sent = readFileSync(join(dir, 'hotcb.commands.jsonl'), 'utf8').trim().split('\n')
  expect(sent.map((line) => JSON.parse(line))).toMatchObject([
    { cid: 'ap-a1-4', op: 'set_params', author: 'ada', note: 'looks right', expect: { lr: 3e-4 } },
  ])
  decide(dir, { seq: 103, step: 401, cid: 'ap-a1-4', lr: 1.5e-4, author: 'ada' })
  await page.waitForSelector('[data-action="a1-4"]:has-text("approved by ada, applied (ledger line 103)")')
  expect(errors).toEqual([])
})

test("rules are edited with their errors shown, tried on the records, and do not overwrite another person's text", async () => {
  const root = temporaryRoot()
  const dir = join(root, 'run')
  writeWatchedRun(dir)
  const site = await dashboard({ roots: [root] })
  const { page } = await openPage({ width: 380, height: 800 })
  await page.goto(`${site.url}run/run?tab=autopilot`)
  await page.getByRole('button', { name: 'Edit' }).click()
  const text = page.locator('#rule-text')
  await text.fill(RULES.replace('cooldown', 'cooldwn'))
  await page.waitForSelector('.rule-problems:has-text("6:5 unknown field `cooldwn`")')
  const save = page.getByRole('button', { name: 'Save', exact: true })
  expect(await save.isDisabled()).toBe(true)
  await text.fill(RULES)
  await page.locator('.rule-editor').getByRole('button', { name: 'Dry run' }).click()
  await page.waitForSelector('[data-tried="falls"]:has-text("would have fired at ")')
  expect([existsSync(join(dir, 'rules.yaml')), await violations(page)]).toEqual([false, []])
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(380)
  await save.click()
  await page.waitForSelector('[data-rule="falls"]:has-text("rules.yaml:3")')
  expect(readFileSync(join(dir, 'rules.yaml'), 'utf8')).toBe(RULES)
  expect(readFileSync(join(dir, 'hotcb.autopilot.yaml'), 'utf8')).toBe('rules: ["rules.yaml"]\n')
  await page.getByRole('button', { name: 'Edit' }).click()
  await text.fill(`${RULES}    hold: 2\n`)
  writeFileSync(join(dir, 'rules.yaml'), `# by someone else\n${RULES}`)
  await save.click()
  await page.waitForSelector('[role="alert"]:has-text("The file has changed since this page read it.")')
  expect(readFileSync(join(dir, 'rules.yaml'), 'utf8')).toContain('# by someone else')
})

test('a viewer sees proposals and rules, but no buttons or fields for them', async () => {
  const root = temporaryRoot()
  const dir = join(root, 'run')
  writeWatchedRun(dir)
  const tokens = join(root, 'tokens.json')
  const { token } = addToken(tokens, 'vera', 'viewer')
  const site = await dashboard({ dir, tokens })
  const { page } = await openPage()
  await page.goto(`${site.url}run/run?tab=autopilot#token=${token}`)
  await page.waitForSelector('[data-proposal="a1-4"]')
  await page.waitForSelector('[data-rule="val_plateau_lr_reduce"]')
  expect(await page.locator('.proposal button, .proposal input, [aria-label="Rules"] button').count()).toBe(0)
})

test("a language model's answers are shown as text with cost, result and effect; its prompt is shown before anything is sent", async () => {
  const root = temporaryRoot()
  const dir = join(root, 'run')
  writeAdvisedRun(dir)
  writeFileSync(join(dir, 'hotcb.autopilot.yaml'), 'mode: ai_suggest\nai: {budget: {usd: 2}}\n')
  const env = { XDG_STATE_HOME: join(root, 'state') }
  const site = await dashboard({ roots: [root], env })
  for (const width of [1440, 380]) {
    const { page, errors } = await openPage({ width, height: 900 })
    await page.goto(`${site.url}run/run?tab=autopilot`)
    const card = page.getByRole('region', { name: 'Language model' })
    const first = card.locator('[data-decision="a1-c1"]')
    await first.waitFor()
    expect(await first.textContent()).toContain(MODEL_TEXT)
    expect(await first.locator('img, b:text-is("APPROVED")').count()).toBe(0)
    expect(await first.textContent()).toMatch(
      /too high.*\$0\.00021.*lr 3e-4 → 7\.5e-5.*applied.*worse: val_loss higher/,
    )
    expect(await card.locator('[data-decision="a1-c2"]').textContent()).toMatch(/no answer.*the answer is not JSON/)
    await card.getByText('$0.00 of $2.00').waitFor()
    expect(await violations(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
    await card.getByRole('button', { name: 'Show the prompt' }).click()
    await page.getByRole('dialog').getByText('Nothing was sent').waitFor()
    expect(await page.getByRole('dialog').textContent()).toMatch(/at most \d+ \+ 1024 tokens, \$0\.0/)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
    expect(errors).toEqual([])
  }
})
