import { isLaunchError, type Launcher, type Requester, type StartValues } from '@hotcb/launch'
import { isRunError } from '@hotcb/run'
import { type Context, Hono } from 'hono'
import type { LaunchedAnswer, LauncherAnswer, StartedAnswer } from '../../shared/launcher.ts'
import { authorOf, requireRate, runOf, type Site, whoOf } from '../context.ts'
import { readBody } from '../input.ts'
import { Problem } from '../problem.ts'
import type { OpenRun } from '../run.ts'
import { BranchBody, ResumeBody, StartBody, StopBody } from '../schemas-launcher.ts'
import { judgeRole } from '../trust.ts'

/** Creates the routes with which pages start, continue and stop training runs. Without a launcher, there are none. */
export function launcherRoutes(site: Site): Hono {
  const app = new Hono()
  app.get('/launcher', (c) => {
    if (site.launcher === undefined) return c.json({ choices: [], problems: [] } satisfies LauncherAnswer)
    const { choices, problems } = site.launcher.choices()
    // Problems quote config files, which only their owner may see.
    const isOwner = judgeRole(whoOf(c), 'own') === undefined
    return c.json({ choices, problems: isOwner ? problems : [] } satisfies LauncherAnswer)
  })
  app.post('/launcher/start', async (c) => {
    const body = await readBody(c, StartBody)
    const launcher = launcherOf(site)
    requireRate(c, site, START_COST)
    const values = { ...valuesOf(body), seed: numberOf(body['seed']) }
    // The schema ensures that it is a string.
    const dir = await asked(() => launcher.start(body['config'] as string, values, requesterOf(site, c, body)))
    return c.json(await started(site, dir))
  })
  app.get('/runs/:id/launcher', async (c) => {
    return c.json(await launchedOf(site, await runOf(site, c)))
  })
  app.post('/runs/:id/launcher/resume', async (c) => {
    const body = await readBody(c, ResumeBody)
    const run = await runOf(site, c)
    const launcher = launcherOf(site)
    requireRate(c, site, START_COST)
    await asked(() => launcher.resume(run.dir, valuesOf(body), requesterOf(site, c, body)))
    return c.json(await launchedOf(site, run))
  })
  app.post('/runs/:id/launcher/stop', async (c) => {
    const body = await readBody(c, StopBody)
    const run = await runOf(site, c)
    const launcher = launcherOf(site)
    requireRate(c, site)
    await asked(() => launcher.stop(run.dir, body['now'] === true))
    return c.json(await launchedOf(site, run))
  })
  app.post('/runs/:id/launcher/branch', async (c) => {
    const body = await readBody(c, BranchBody)
    const { dir } = await runOf(site, c)
    const launcher = launcherOf(site)
    requireRate(c, site, START_COST)
    // The schema ensures that they are a string and a list of strings.
    const tag = body['tag'] as string
    const set = (body['set'] ?? []) as readonly string[]
    const made = await asked(() => launcher.branch(dir, tag, { ...valuesOf(body), set }, requesterOf(site, c, body)))
    return c.json(await started(site, made))
  })
  return app
}

// A start counts as this many commands: it creates processes and a directory.
const START_COST = 10

function launcherOf({ launcher }: Site): Launcher {
  if (launcher !== undefined) return launcher
  throw new Problem(409, 'unavailable', 'this dashboard does not start training runs')
}

async function launchedOf({ launcher }: Site, run: OpenRun): Promise<LaunchedAnswer> {
  return { launched: launcher?.look(run.dir) ?? null, checkpoints: await run.checkpoints.read() }
}

/** Adds the new run to the table of runs. */
async function started({ registry }: Site, dir: string): Promise<StartedAnswer> {
  return { run: await registry.include(dir) }
}

function requesterOf(site: Site, c: Context, body: Readonly<Record<string, unknown>>): Requester {
  // The schemas ensure that it is a string or absent.
  return { author: authorOf(site, c, body['author'] as string | null | undefined) }
}

function valuesOf(body: Readonly<Record<string, unknown>>): StartValues {
  return {
    maxSteps: numberOf(body['max_steps']),
    maxTimeSeconds: numberOf(body['max_time']),
    stepDelaySeconds: numberOf(body['step_delay']),
  }
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

async function asked<Value>(task: () => Promise<Value>): Promise<Value> {
  try {
    return await task()
  } catch (error) {
    if (isRunError(error)) throw new Problem(409, 'unavailable', error.message)
    if (!isLaunchError(error)) throw error
    if (error.code === 'bad-option') throw new Problem(400, 'bad_request', error.message)
    throw new Problem(409, 'unavailable', error.message)
  }
}
