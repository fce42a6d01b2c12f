import { aiConfigOf, aiPrice, aiSpending, previewPrompt } from '@hotcb/autopilot/node'
import { PRICES_DATED, priceOf } from '@hotcb/llm'
import { openRunDirectory, type Run } from '@hotcb/run/node'
import { describeBelief } from '@hotcb/tune'
import { Hono } from 'hono'
import type { AiDetail, AiPrompt } from '../../shared/autopilot.ts'
import { decisionsIn } from '../autopilot-document.ts'
import { requireRate, runOf, type Site } from '../context.ts'
import { asProblem } from '../problem.ts'
import { tunerDocument } from '../tuner-document.ts'

/** Creates the routes for a run's language model: its cost, its answers, and the prompt that it would receive. */
export function autopilotAiRoutes(site: Site): Hono {
  const app = new Hono()
  app.get('/runs/:id/autopilot/ai', async (c) => {
    const run = await runOf(site, c)
    const decisions = await decisionsIn(run)
    return c.json(
      asProblem(() => ({
        ...detailOf(site, openRunDirectory(run.dir, { within: run.roots })),
        decisions,
      })) satisfies AiDetail,
    )
  })
  app.post('/runs/:id/autopilot/ai/prompt', async (c) => {
    const open = await runOf(site, c)
    requireRate(c, site, PROMPT_COST)
    const run = openRunDirectory(open.dir, { within: open.roots })
    const beliefs = (await tunerDocument(open))?.beliefs.map(describeBelief)
    const { caps: _, ...prompt } = asProblem(() => previewPrompt(run, { env: site.env, beliefs }))
    return c.json(prompt satisfies AiPrompt)
  })
  return app
}

// A prompt counts as this many commands: it reads the last megabytes of a run's files.
const PROMPT_COST = 5

function detailOf({ env }: Site, run: Run): Omit<AiDetail, 'decisions'> {
  const ai = aiConfigOf(run, env)
  const { model, baseUrl, cadence, caps, prices } = ai
  const { nano, tokens, calls, actions, reserved } = aiSpending(run.dir, env).totals()
  return {
    ...{ model, baseUrl, cadence, price: aiPrice(ai), reserved },
    pricesDated: priceOf(prices, model) === undefined ? PRICES_DATED : null,
    used: { nano, tokens, calls, actions },
    limits: { nano: caps.nano, tokens: caps.tokens, calls: caps.calls, actions: caps.actions },
  }
}
