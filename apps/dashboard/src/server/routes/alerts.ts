import { Hono } from 'hono'
import type { AlertRuleDraft } from '../../shared/alerts.ts'
import { authorOf, requireRate, runOf, type Site } from '../context.ts'
import { readBody } from '../input.ts'
import { AcknowledgeBody, AlertRuleBody, AlertRuleDeletion } from '../schemas-alerts.ts'

/** Creates the routes for a run's alerts, the people who have seen them, and the rules that people write on the page. */
export function alertRoutes(site: Site): Hono {
  const app = new Hono()
  app.get('/runs/:id/alerts', async (c) => c.json(await (await runOf(site, c)).alerts.document()))
  app.post('/runs/:id/alerts/acknowledge', async (c) => {
    // The schema ensures the types; the same below.
    const { ids, author } = (await readBody(c, AcknowledgeBody)) as {
      readonly ids: readonly string[]
      readonly author?: string | null
    }
    const { alerts } = await runOf(site, c)
    requireRate(c, site)
    await alerts.acknowledge(ids, authorOf(site, c, author))
    return c.json(await alerts.document())
  })
  app.put('/runs/:id/alerts/rules', async (c) => {
    const { author, ...draft } = (await readBody(c, AlertRuleBody)) as unknown as AlertRuleDraft & {
      readonly author?: string | null
    }
    const { alerts } = await runOf(site, c)
    requireRate(c, site)
    await alerts.saveRule(draft, authorOf(site, c, author))
    return c.json(await alerts.document())
  })
  app.delete('/runs/:id/alerts/rules', async (c) => {
    const body = await readBody(c, AlertRuleDeletion)
    const { alerts } = await runOf(site, c)
    requireRate(c, site)
    await alerts.removeRule(String(body['id']), Number(body['version']))
    return c.json(await alerts.document())
  })
  return app
}
