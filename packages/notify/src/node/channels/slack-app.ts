import { isObject } from '@hotcb/protocol'
import type { Secret } from '@hotcb/run/node'
import type { SendResult } from '../../queue/lane.ts'
import type { ChannelConfig } from '../../types.ts'
import type { AnswerListener, NotifyChannel, Pressed } from '../channel.ts'
import { loadClient } from './optional-client.ts'
import { slackPayload } from './slack-payload.ts'

type SlackConfig = Extract<ChannelConfig, { kind: 'slack'; by: 'app' }>

const CALL_MS = 10_000

/**
 * Creates a Slack app, which posts and edits messages, and receives button presses over socket mode, without a public address.
 */
export async function slackApp(config: SlackConfig, token: Secret, appToken: Secret | null): Promise<NotifyChannel> {
  const { name, channel, api } = config
  const { WebClient, LogLevel } = await loadClient(['@slack/web-api'], () => import('@slack/web-api'))
  const slackApiUrl = api.endsWith('/') ? api : `${api}/`
  const options = { slackApiUrl, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true, timeout: CALL_MS, logLevel: LogLevel.ERROR, logger: SILENT, allowAbsoluteUrls: false } // biome-ignore format: one call
  const web = new WebClient(token.reveal(), options)
  let disconnect: () => Promise<void> = async () => undefined
  return {
    name,
    kind: 'slack',
    target: new URL(api).host,
    chat: appToken === null ? null : channel,
    send: ({ message, buttons }) =>
      attempt(() => web.apiCall('chat.postMessage', { channel, ...slackPayload(message, buttons) })),
    edit: (ref, message, note) =>
      attempt(() => web.apiCall('chat.update', { channel, ts: ref, ...slackPayload(message, null, note) })),
    async listen(listener) {
      if (appToken !== null) disconnect = await openSocket(appToken, slackApiUrl, listener)
    },
    close: () => disconnect(),
  }
}

const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => 'error' as never,
  setName: () => undefined,
}

async function openSocket(
  appToken: Secret,
  slackApiUrl: string,
  listener: AnswerListener,
): Promise<() => Promise<void>> {
  const { SocketModeClient } = await loadClient(['@slack/socket-mode'], () => import('@slack/socket-mode'))
  const clientOptions = { slackApiUrl, logger: SILENT }
  const client = new SocketModeClient({ appToken: appToken.reveal(), clientOptions, logger: SILENT })
  client.on('interactive', async ({ body, ack }: { body: unknown; ack: () => Promise<void> }) => {
    // Slack sends the press again unless it is acknowledged immediately. A repeated press is still one answer.
    await ack()
    const pressed = readPress(body)
    if (pressed !== undefined) await listener.onPress(pressed)
  })
  client.on('error', () => listener.onTrouble('the connection to Slack was lost; reconnecting'))
  await client.start()
  return () => client.disconnect()
}

function readPress(body: unknown): Pressed | undefined {
  if (!isObject(body) || body['type'] !== 'block_actions' || !isObject(body['user'])) return undefined
  const [action]: readonly unknown[] = Array.isArray(body['actions']) ? body['actions'] : []
  const chat = isObject(body['channel']) ? body['channel']['id'] : undefined
  const user = body['user']['id']
  if (!isObject(action) || typeof action['value'] !== 'string') return undefined
  return {
    data: action['value'],
    chat: typeof chat === 'string' ? chat : '',
    user: typeof user === 'string' ? user : '',
  }
}

async function attempt(make: () => Promise<unknown>): Promise<SendResult> {
  try {
    const answer = await make()
    const ts = isObject(answer) ? answer['ts'] : undefined
    return { ok: true, ref: typeof ts === 'string' ? ts : undefined }
  } catch (error) {
    return failureOf(error)
  }
}

function failureOf(error: unknown): SendResult {
  // Errors from Slack's client are recognized by their fields: a code, the response, and the time to wait.
  const { code, retryAfter, statusCode, data } = error as {
    code?: unknown
    retryAfter?: unknown
    statusCode?: unknown
    data?: unknown
  }
  if (typeof retryAfter === 'number')
    return { ok: false, reason: 'Slack limits the rate of requests', retry: true, retryAfter }
  const said = isObject(data) && typeof data['error'] === 'string' ? data['error'] : undefined
  if (said !== undefined) return { ok: false, reason: `Slack rejected it: ${said}`, retry: PASSING.includes(said) }
  const status =
    typeof statusCode === 'number' ? ` (status ${statusCode})` : typeof code === 'string' ? ` (${code})` : ''
  return { ok: false, reason: `Slack cannot be reached${status}`, retry: true }
}

// Failures for which a later try may succeed. All others are configuration mistakes.
const PASSING = [
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'ratelimited',
  'team_added_to_org',
]
