import { expect, test } from 'vitest'
import { pointedAt, scriptedModel } from '../../../packages/monitor/test/scripted-model.ts'
import { sweep } from '../../../packages/monitor/test/sweeps.ts'
import { violations } from './axe.ts'
import { dashboard, openPage } from './fixture.ts'

test("a monitor's proposal is shown and approved on the page of its sweep", async () => {
  const model = await scriptedModel((_, count) =>
    count === 1
      ? {
          calls: [
            ['write_plan', { plan: 'Repeat the best trial.' }],
            ['msg', { text: 'All four are done.' }],
            ['run_indices', { indices: [0], force: true, reason: 'it looks lucky' }],
          ],
        }
      : {},
  )
  const one = sweep('log_result loss 0.5 1', { monitor: pointedAt(model) })
  await one.finish()
  await one.monitor({ once: 'boot' })
  const site = await dashboard({ roots: [one.root] })
  const { page, errors } = await openPage({ width: 390, height: 844 })
  await page.goto(`${site.url}sweeps`)
  await page.getByRole('link', { name: 't', exact: true }).click()
  await page.reload()
  const card = page.getByRole('region', { name: 'Monitor' })
  await card.getByText('All four are done.').waitFor()
  await card.getByText('Plan').click()
  await card.getByText('Repeat the best trial.').waitFor()
  await card.scrollIntoViewIfNeeded()
  expect(await violations(page)).toEqual([])
  await page.setViewportSize({ width: 1440, height: 900 })
  await card.getByRole('button', { name: /^Approve proposal/ }).click()
  await card.getByText('the monitor has not read the answer yet').waitFor()
  await one.monitor({ once: 'user_message', noAgent: true })
  await card.getByText('the monitor has not read the answer yet').waitFor({ state: 'detached' })
  expect(one.lines).toContain('> started trial 0')
  expect(errors).toEqual([])
})
