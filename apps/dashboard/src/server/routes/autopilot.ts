import { type AutopilotMode, isAiMode, withMode, withRule } from '@hotcb/autopilot'
import {
  type AnswerOptions,
  type AnswerOutcome,
  approve,
  editConfig,
  loadRules,
  readAutopilotConfigFile,
  readAutopilotStatus,
  reject,
} from '@hotcb/autopilot/node'
import { didYouMean } from '@hotcb/protocol'
import { openRunDirectory, type Run } from '@hotcb/run/node'
import { type Context, Hono } from 'hono'
import type { ActionsPage, AutopilotDetail, ProposalsDetail } from '../../shared/autopilot.ts'
import { actionsOf, autopilotDocument } from '../autopilot-document.ts'
import { appendCommands } from '../command-writer.ts'
import { authorOf, requireRate, runOf, type Site } from '../context.ts'
import { numberOf, readBody, readQuery } from '../input.ts'
import { asProblem, notFound, Problem } from '../problem.ts'
import type { OpenRun } from '../run.ts'
import { ActionsQuery, AnswerBody, ModeBody, RuleBody } from '../schemas-autopilot.ts'

/** Creates the routes for a run's autopilot: its actions, rules and mode, and the answers to its proposals. */
export function autopilotRoutes(site: Site): Hono {
  const app = new Hono()
  app.get('/runs/:id/autopilot', async (c) => {
    const {
      proposals: _p,
      frozen: _f,
      actions: _a,
      more: _m,
      decisions: _d,
      ...detail
    } = await autopilotDocument(await runOf(site, c))
    return c.json(detail satisfies AutopilotDetail)
  })
  app.get('/runs/:id/proposals', async (c) => {
    const { proposals, frozen } = await autopilotDocument(await runOf(site, c))
    return c.json({ proposals, frozen } satisfies ProposalsDetail)
  })
  app.get('/runs/:id/actions', async (c) => {
    const { before, limit } = readQuery(c, ActionsQuery)
    const page = await pageOf(await runOf(site, c), typeof before === 'string' ? before : null, numberOf(limit) ?? 50)
    return c.json(page)
  })
  app.put('/runs/:id/autopilot/mode', async (c) => {
    const { mode, author } = await readBody(c, ModeBody)
    const run = await confinedRun(site, c)
    requireRate(c, site)
    // The schema allows only these words.
    return c.json(await setMode(site, c, run, mode as AutopilotMode, author as string | null | undefined))
  })
  app.put('/runs/:id/autopilot/rules/:rule', async (c) => {
    const { enabled } = await readBody(c, RuleBody)
    const run = await confinedRun(site, c)
    requireRate(c, site)
    switchRule(run, c.req.param('rule'), enabled === true)
    return c.json({ rules: (await autopilotDocument(await runOf(site, c))).rules })
  })
  app.post('/runs/:id/proposals/:action', async (c) => {
    const { verdict, note, anyway, author } = await readBody(c, AnswerBody)
    const run = await confinedRun(site, c)
    requireRate(c, site)
    const options: AnswerOptions = {
      // The schema ensures that these are strings.
      author: authorOf(site, c, author as string | null | undefined),
      source: 'dashboard',
      note: (note ?? undefined) as string | undefined,
      anyway: anyway === true,
    }
    const id = c.req.param('action')
    const { cid } = answered(verdict === 'approve' ? approve(run, id, options) : reject(run, id, options))
    return c.json({ id, verdict, cid })
  })
  return app
}

async function confinedRun(site: Site, c: Context): Promise<Run> {
  const { dir, roots } = await runOf(site, c)
  return openRunDirectory(dir, { within: roots })
}

async function pageOf(run: OpenRun, before: string | null, limit: number): Promise<ActionsPage> {
  const all = [...(await actionsOf(run))].reverse()
  const first = before === null ? 0 : all.findIndex(({ id }) => id === before) + 1
  if (before !== null && first === 0) throw notFound(`action \`${before.slice(0, 100)}\``)
  return { actions: all.slice(first, first + limit), more: all.length > first + limit }
}

async function setMode(
  site: Site,
  c: Context,
  run: Run,
  mode: AutopilotMode,
  author: string | null | undefined,
): Promise<{ readonly mode: string; readonly cid: string | null }> {
  if (readAutopilotStatus(run).module !== null) {
    if (isAiMode(mode)) {
      throw new Problem(
        409,
        'bad_request',
        `mode ${mode} needs an autopilot in a separate process: hotcb autopilot run --mode ${mode}`,
      )
    }
    const command = { module: 'autopilot', op: 'mode', params: { mode }, author: authorOf(site, c, author) }
    const [cid = null] = appendCommands(await runOf(site, c), [command])
    return { mode, cid }
  }
  asProblem(() => editConfig(run, (text) => withMode(text, mode)))
  return { mode, cid: null }
}

function switchRule(run: Run, id: string, isEnabled: boolean): void {
  const rules = asProblem(() => loadRules(run, readAutopilotConfigFile(run).rules).rules)
  const rule = rules.find((one) => one.id === id)
  if (rule === undefined) {
    const ids = rules.map((one) => one.id)
    throw new Problem(
      404,
      'not_found',
      `no rule \`${id.slice(0, 100)}\`: ${didYouMean(id, ids, `choose from ${ids.join(', ')}`)}`,
    )
  }
  if (isEnabled && !rule.enabled) {
    throw new Problem(
      409,
      'bad_request',
      `\`${id}\` is disabled where it is defined, and can only be enabled there: ${rule.place ?? 'it is built in'}`,
    )
  }
  asProblem(() => editConfig(run, (text) => withRule(text, id, isEnabled)))
}

function answered(outcome: AnswerOutcome): { readonly cid: string } {
  if (outcome.ok) return outcome.answer
  const { code, reason } = outcome
  if (code === 'unknown') throw new Problem(404, 'not_found', reason)
  throw new Problem(409, code === 'frozen' ? 'frozen' : 'bad_request', reason)
}
