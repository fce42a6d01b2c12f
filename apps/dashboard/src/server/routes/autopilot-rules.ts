import { formatRuleProblem } from '@hotcb/autopilot'
import {
  chooseKeyMetric,
  type DryRun,
  dryRunInSlices,
  loadDraftRules,
  type RuleFileText,
  readAutopilotConfigFile,
  readRuleTexts,
  writeRuleText,
} from '@hotcb/autopilot/node'
import { openRunDirectory } from '@hotcb/run/node'
import { type Context, Hono } from 'hono'
import type { DryRunAnswer, DryRunRow, RuleFile } from '../../shared/autopilot.ts'
import { requireRate, runOf, type Site } from '../context.ts'
import { readBody } from '../input.ts'
import { asProblem, Problem } from '../problem.ts'
import { DryRunBody, RuleTextBody } from '../schemas-autopilot.ts'

/** Creates the routes that read and replace a run's rule files, and try them on its records. */
export function autopilotRulesRoutes(site: Site): Hono {
  const app = new Hono()
  const tries = createOneAtATime()
  app.get('/runs/:id/autopilot/rules', async (c) => {
    const place = await placeOf(site, c)
    return c.json({ files: asProblem(() => readRuleTexts(place)) satisfies readonly RuleFile[] })
  })
  app.put('/runs/:id/autopilot/rules', async (c) => {
    // The schema ensures its fields.
    const body = (await readBody(c, RuleTextBody)) as unknown as Omit<RuleFileText, 'problems'>
    const place = await placeOf(site, c)
    requireRate(c, site)
    return c.json({ file: body.file, stamp: written(() => writeRuleText(place, body)) })
  })
  app.post('/runs/:id/autopilot/dry-run', async (c) => {
    const body = (await readBody(c, DryRunBody)) as unknown as Partial<RuleFileText>
    const place = await placeOf(site, c)
    requireRate(c, site, TRY_COST)
    const { file, text } = body
    const draft = file === undefined || text === undefined ? null : { file, text }
    return c.json(await tries.run(() => dryRunOf(place, draft, c.req.raw.signal)))
  })
  return app
}

// A dry run counts as this many commands: it reads all of a run's records.
const TRY_COST = 5
/** In milliseconds: enough for a run of a few million records. */
const MOST_MS = 60_000
const MOST_STEPS = 200

interface Place {
  readonly dir: string
  readonly within: readonly string[]
}

async function placeOf(site: Site, c: Context): Promise<Place> {
  const { dir, roots } = await runOf(site, c)
  return { dir, within: roots }
}

function written(write: () => ReturnType<typeof writeRuleText>): string | null {
  const writing = asProblem(write)
  if (writing.ok) return writing.stamp
  if (writing.code !== 'mistake') {
    const { code, reason } = writing
    throw code === 'changed' ? new Problem(409, 'changed', reason) : new Problem(404, 'not_found', reason)
  }
  const issues = writing.problems.map(({ line, column, message }) => ({ path: `${line}:${column}`, message }))
  const [first] = writing.problems
  throw new Problem(400, 'bad_request', first === undefined ? writing.reason : formatRuleProblem(first), issues)
}

async function dryRunOf(
  place: Place,
  draft: Pick<RuleFileText, 'file' | 'text'> | null,
  signal: AbortSignal,
): Promise<DryRunAnswer> {
  const run = openRunDirectory(place.dir, { within: place.within })
  const rules = asProblem(() => loadDraftRules(place, draft))
  if (!rules.ok) return { problems: rules.problems, rules: [], lastStep: null, isWhole: true }
  const config = asProblem(() => readAutopilotConfigFile(place))
  const keyMetric = asProblem(() => chooseKeyMetric(run, config, rules.value))
  const options = { keyMetric, limits: config.limits, mostMs: MOST_MS, signal }
  const found = await dryRunInSlices(run, rules.value, options).catch((error: unknown) => {
    if (signal.aborted) throw new Problem(503, 'unavailable', 'the client is no longer waiting for this dry run')
    throw error
  })
  const ids = rules.value.rules.filter(({ enabled }) => enabled).map(({ id }) => id)
  return { problems: [], rules: ids.map((id) => rowOf(id, found)), lastStep: found.lastStep, isWhole: found.isWhole }
}

function rowOf(rule: string, { fired, counts }: DryRun): DryRunRow {
  const own = fired.filter((one) => one.rule === rule)
  return {
    rule,
    steps: own.slice(0, MOST_STEPS).map(({ step }) => step),
    count: counts[rule] ?? 0,
    because: own[0]?.because ?? null,
  }
}

interface OneAtATime {
  /** @throws Problem `too_many` while another one is in progress. */
  run<Value>(task: () => Promise<Value>): Promise<Value>
}

function createOneAtATime(): OneAtATime {
  let isBusy = false
  return {
    async run(task) {
      if (isBusy) throw new Problem(429, 'too_many', 'another dry run is in progress: try again when it has finished')
      isBusy = true
      try {
        return await task()
      } finally {
        isBusy = false
      }
    },
  }
}
