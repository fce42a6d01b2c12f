import { basename, join } from 'node:path'
import { readLastLinesAsync } from '@hotcb/journal'
import { createDeliveryFold, type Delivery, describeNotifyRule, describeQuiet, type NotifyConfig } from '@hotcb/notify'
import { findNotifyConfig, isNotifyError, openNotifyChannels, sendNow } from '@hotcb/notify/node'
import { isObject, type JsonObject, parseJson, runFiles } from '@hotcb/protocol'
import { type Context, Hono } from 'hono'
import type { NotificationsDetail } from '../../shared/notifications.ts'
import { requireRate, runOf, type Site, whoOf } from '../context.ts'
import { readBody } from '../input.ts'
import { Problem } from '../problem.ts'
import type { OpenRun } from '../run.ts'
import { NotificationTestBody } from '../schemas.ts'
import { judgeRole } from '../trust.ts'

const MOST_LINES = 2000
const MOST_BYTES = 4 * 1024 * 1024
const MOST_SHOWN = 200

/** Creates the routes for messages about a run: the config, the sent messages, and a test message to the channels. */
export function notificationRoutes(site: Site): Hono {
  const app = new Hono()
  app.get('/runs/:id/notifications', async (c) => {
    const run = await runOf(site, c)
    const detail: NotificationsDetail = { ...configuredOf(run, site, c), deliveries: await deliveriesOf(run) }
    return c.json(detail)
  })
  app.post('/runs/:id/notifications/test', async (c) => {
    const body = await readBody(c, NotificationTestBody)
    const run = await runOf(site, c)
    requireRate(c, site, TEST_COST)
    const found = findNotifyConfig(run.dir, { env: site.env })
    if (found === undefined) throw new Problem(409, 'unavailable', 'no notifications are configured for this run')
    if (!found.ok) throw new Problem(409, 'unavailable', found.problems[0] ?? 'the configuration cannot be used')
    // The schema ensures that these are names.
    const wanted = body['channels'] as readonly string[] | undefined
    return c.json({ channels: await sendTest(found.config, wanted, run, site) })
  })
  return app
}

// A test message counts as this many commands, because each one opens connections.
const TEST_COST = 10

/** Returns the config, without the locations of secrets and without addresses. */
function configuredOf(run: OpenRun, site: Site, c: Context): Omit<NotificationsDetail, 'deliveries'> {
  const found = findNotifyConfig(run.dir, { env: site.env })
  if (found === undefined) return { configured: false, problems: [], channels: [], rules: [] }
  if (!found.ok) {
    // Problems quote the file, which only its owner may see.
    const isOwner = judgeRole(whoOf(c), 'own') === undefined
    const problems = isOwner ? found.problems : ['the configuration cannot be used']
    return { configured: true, problems, channels: [], rules: [] }
  }
  const { channels, rules, quiet, perHour } = found.config
  return {
    configured: true,
    problems: [],
    channels: channels.map(({ name, kind }) => ({ name, kind })),
    rules: rules.map((rule) => {
      const { id, on, metric, value, when, level, channels: names } = rule
      return { id, on, metric, value, when, level, channels: names, ...describeNotifyRule(rule, found.config) }
    }),
    quiet,
    quiet_text: quiet === null ? null : describeQuiet(quiet),
    per_hour: perHour,
  }
}

/** Returns the latest messages and their outcomes, oldest first. */
async function deliveriesOf(run: OpenRun): Promise<readonly Delivery[]> {
  const path = join(run.dir, runFiles.notify)
  const lines = await readLastLinesAsync(path, MOST_LINES, { maxBytes: MOST_BYTES, within: run.roots })
  const fold = createDeliveryFold()
  for (const { text } of lines) {
    const parsed = parseJson(text)
    // The output of a JSON parser is JSON.
    if (parsed.ok && isObject(parsed.value)) fold.take(parsed.value as JsonObject)
  }
  // If the first line of a message is not in this part of the log, only the state of the message is known.
  const known = fold.deliveries().filter(({ message }) => message !== null)
  return known.slice(-MOST_SHOWN)
}

async function sendTest(
  config: NotifyConfig,
  wanted: readonly string[] | undefined,
  run: OpenRun,
  site: Site,
): Promise<readonly object[]> {
  const names = wanted ?? config.channels.map(({ name }) => name)
  const unknown = names.find((name) => config.channels.every((channel) => channel.name !== name))
  if (unknown !== undefined) throw new Problem(400, 'bad_request', `no channel \`${unknown.slice(0, 100)}\``)
  const channels = config.channels.filter(({ name }) => names.includes(name))
  const quiet = (): undefined => undefined
  const ports = { env: site.env, terminal: { line: quiet, bell: quiet }, approvals: null, onTrouble: quiet }
  try {
    const open = await openNotifyChannels({ ...config, channels }, ports)
    try {
      return await sendNow(open, { ...TEST_MESSAGE, run: basename(run.dir) }, names)
    } finally {
      await open.close()
    }
  } catch (error) {
    if (!isNotifyError(error)) throw error
    throw new Problem(409, 'unavailable', error.problems[0] ?? error.message)
  }
}

const TEST_MESSAGE = {
  title: 'hotcb: test message',
  text: 'Messages about your runs will look like this.',
  level: 'info',
  step: null,
  rule: 'test',
  phase: 'test',
  metric: null,
  value: null,
  action: null,
} as const
