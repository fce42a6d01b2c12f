import { type Rule, withMode, withRule } from '@hotcb/autopilot'
import {
  type AnswerOptions,
  type AnswerOutcome,
  approve,
  editConfig,
  loadRules,
  readAutopilotStatus,
  readConfig,
  readStory,
  reject,
} from '@hotcb/autopilot/node'
import { didYouMean, messageOf } from '@hotcb/protocol'
import { isRunError } from '@hotcb/run'
import { type Run, runAt } from '@hotcb/run/node'
import { type Context, Hono } from 'hono'
import type { ActionsPage, AutopilotDetail, ProposalsDetail, RuleRow } from '../../shared/autopilot.ts'
import { appendCommands } from '../command-writer.ts'
import { authorOf, peerOf, runOf, type Site } from '../context.ts'
import { numberOf, readBody, readQuery } from '../input.ts'
import { notFound, Problem } from '../problem.ts'
import { ActionsQuery, AnswerBody, ModeBody, RuleBody } from '../schemas-autopilot.ts'

/** The autopilot of a run: what it does, its rules and mode, and answers to its proposals. */
export function autopilotRoutes(site: Site): Hono {
  const app = new Hono()
  app.get('/runs/:id/autopilot', async (c) => c.json(detailOf(await confinedRun(site, c))))
  app.get('/runs/:id/proposals', async (c) => c.json(proposalsOf(await confinedRun(site, c))))
  app.get('/runs/:id/actions', async (c) => {
    const { before, limit } = readQuery(c, ActionsQuery)
    const page = pageOf(await confinedRun(site, c), typeof before === 'string' ? before : null, numberOf(limit) ?? 50)
    return c.json(page)
  })
  app.put('/runs/:id/autopilot/mode', async (c) => {
    const { mode, author } = await readBody(c, ModeBody)
    const run = await confinedRun(site, c)
    requireRate(c, site)
    // The schema let only these words pass.
    return c.json(await setMode(site, c, run, mode as 'off' | 'suggest' | 'auto', author as string | null | undefined))
  })
  app.put('/runs/:id/autopilot/rules/:rule', async (c) => {
    const { enabled } = await readBody(c, RuleBody)
    const run = await confinedRun(site, c)
    requireRate(c, site)
    switchRule(run, c.req.param('rule'), enabled === true)
    return c.json({ rules: rulesOf(run) })
  })
  app.post('/runs/:id/proposals/:action', async (c) => {
    const { verdict, note, anyway, author } = await readBody(c, AnswerBody)
    const run = await confinedRun(site, c)
    requireRate(c, site)
    const options: AnswerOptions = {
      // The schema says that these are texts.
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
  return runAt(dir, { within: roots })
}

function requireRate(c: Context, site: Site): void {
  if (!site.commandRate.take(peerOf(c), 1)) throw new Problem(429, 'too_many', 'too many commands at once; slow down')
}

function detailOf(run: Run): AutopilotDetail {
  const { module, open, other: _other, ...status } = readAutopilotStatus(run)
  const found = troubleOf(() => rulesOf(run))
  const known = { ...status, isModule: module !== null, open: open.length }
  return 'trouble' in found ? { ...known, ...found, rules: [] } : { ...known, rules: found.value, trouble: null }
}

function troubleOf<Value>(task: () => Value): { readonly value: Value } | { readonly trouble: string } {
  try {
    return { value: task() }
  } catch (error) {
    if (!isRunError(error)) throw error
    return { trouble: messageOf(error) }
  }
}

function rulesOf(run: Run): readonly RuleRow[] {
  const { rules: files, disabled } = readConfig(run)
  return loadRules(run, files).rules.map((rule) => rowOf(rule, disabled))
}

function rowOf(rule: Rule, disabled: readonly string[]): RuleRow {
  const { id, description, condition, program, metric, confidence, enabled, place } = rule
  const isOn = enabled && !disabled.includes(id)
  return { id, description, when: program?.text ?? condition, metric, confidence, enabled: isOn, place }
}

function proposalsOf(run: Run): ProposalsDetail {
  const { mode } = run.freeze().state
  const proposals = readStory(run).actions.filter(({ state }) => state === 'open')
  return { proposals, frozen: mode === 'off' ? null : mode }
}

function pageOf(run: Run, before: string | null, limit: number): ActionsPage {
  const all = [...readStory(run).actions].reverse()
  const first = before === null ? 0 : all.findIndex(({ id }) => id === before) + 1
  if (before !== null && first === 0) throw notFound(`action \`${before.slice(0, 100)}\``)
  return { actions: all.slice(first, first + limit), more: all.length > first + limit }
}

async function setMode(
  site: Site,
  c: Context,
  run: Run,
  mode: 'off' | 'suggest' | 'auto',
  author: string | null | undefined,
): Promise<{ readonly mode: string; readonly cid: string | null }> {
  if (readAutopilotStatus(run).module !== null) {
    const command = { module: 'autopilot', op: 'mode', params: { mode }, author: authorOf(site, c, author) }
    const [cid = null] = appendCommands(await runOf(site, c), [command])
    return { mode, cid }
  }
  asProblem(() => editConfig(run, (text) => withMode(text, mode)))
  return { mode, cid: null }
}

function switchRule(run: Run, id: string, isEnabled: boolean): void {
  const rules = asProblem(() => loadRules(run, readConfig(run).rules).rules)
  const rule = rules.find((one) => one.id === id)
  if (rule === undefined) {
    const ids = rules.map((one) => one.id)
    throw new Problem(
      404,
      'not_found',
      `no rule \`${id.slice(0, 100)}\`: ${didYouMean(id, ids, `known are ${ids.join(', ')}`)}`,
    )
  }
  if (isEnabled && !rule.enabled) {
    throw new Problem(
      409,
      'bad_request',
      `\`${id}\` is switched off where it is written: ${rule.place ?? 'it is built in'}`,
    )
  }
  asProblem(() => editConfig(run, (text) => withRule(text, id, isEnabled)))
}

function asProblem<Value>(task: () => Value): Value {
  const found = troubleOf(task)
  if ('trouble' in found) throw new Problem(400, 'bad_request', found.trouble)
  return found.value
}

function answered(outcome: AnswerOutcome): { readonly cid: string } {
  if (outcome.ok) return outcome.answer
  const { code, reason } = outcome
  if (code === 'unknown') throw new Problem(404, 'not_found', reason)
  throw new Problem(409, code === 'frozen' ? 'frozen' : 'bad_request', reason)
}
