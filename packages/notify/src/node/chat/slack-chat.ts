import { isObject } from '@hotcb/protocol'
import type { Secret } from '@hotcb/run/node'
import { loadClient } from '../channels/optional-client.ts'

/** Someone did something in a chat. */
export interface ChatEvent {
  /** What was typed, or the text behind a button. */
  readonly text: string
  readonly channel: string
  /** The id of the user. */
  readonly user: string
}

/** A conversation by an app of Slack, over socket mode: it needs no public address. */
export interface SlackChat {
  /** Calls a method of the Web API. @throws Error with one line, without secrets. */
  call(method: string, args: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>
  listen(handlers: SlackHandlers): Promise<void>
  close(): Promise<void>
}

export interface SlackHandlers {
  /** A button was pressed. */
  onPress(event: ChatEvent): void
  /** A slash command was typed; the text that is returned is shown to its author alone. */
  onCommand(event: ChatEvent): string
  /** The app was mentioned. */
  onMention(event: ChatEvent): void
  /** The connection is lost; it is made again. */
  onTrouble(text: string): void
}

const CALL_MS = 10_000

const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => 'error' as never,
  setName: () => undefined,
}

/** @throws MissingClient with the command that installs Slack's clients. */
export async function openSlackChat(api: string, token: Secret, appToken: Secret): Promise<SlackChat> {
  const { WebClient } = await loadClient(['@slack/web-api'], () => import('@slack/web-api'))
  const slackApiUrl = api.endsWith('/') ? api : `${api}/`
  const web = new WebClient(token.reveal(), {
    slackApiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: CALL_MS,
    logger: SILENT,
    allowAbsoluteUrls: false,
  })
  let disconnect: () => Promise<void> = async () => undefined
  return {
    async call(method, args) {
      try {
        return { ...(await web.apiCall(method, { ...args })) }
      } catch (error) {
        throw new Error(failureText(error))
      }
    },
    async listen(handlers) {
      const { SocketModeClient } = await loadClient(['@slack/socket-mode'], () => import('@slack/socket-mode'))
      const clientOptions = { slackApiUrl, logger: SILENT }
      const client = new SocketModeClient({ appToken: appToken.reveal(), clientOptions, logger: SILENT })
      take(client, handlers)
      await client.start()
      disconnect = () => client.disconnect()
    },
    close: () => disconnect(),
  }
}

interface Envelope {
  readonly body: unknown
  readonly ack: (response?: Record<string, unknown>) => Promise<void>
}

interface Socket {
  on(event: string, take: (envelope: Envelope) => Promise<void> | void): unknown
}

// Slack sends everything again that is not acknowledged within three seconds.
function take(client: Socket, handlers: SlackHandlers): void {
  client.on('interactive', async ({ body, ack }) => {
    await ack()
    const event = pressIn(body)
    if (event !== null) handlers.onPress(event)
  })
  client.on('slash_commands', async ({ body, ack }) => {
    const event = eventIn(body, 'text', 'channel_id', 'user_id')
    await ack({ text: event === null ? 'this cannot be read' : handlers.onCommand(event) })
  })
  client.on('app_mention', async ({ body, ack }) => {
    await ack()
    const event = isObject(body) ? eventIn(body['event'], 'text', 'channel', 'user') : null
    if (event !== null) handlers.onMention({ ...event, text: event.text.replace(/<@[^>]*>/g, '').trim() })
  })
  client.on('error', () => handlers.onTrouble('the connection to Slack is lost; it is made again'))
}

function eventIn(body: unknown, text: string, channel: string, user: string): ChatEvent | null {
  if (!isObject(body)) return null
  const [said, where, who] = [body[text], body[channel], body[user]]
  if (typeof said !== 'string' || typeof where !== 'string' || typeof who !== 'string') return null
  return { text: said, channel: where, user: who }
}

function pressIn(body: unknown): ChatEvent | null {
  if (!isObject(body) || body['type'] !== 'block_actions') return null
  const { user, channel, actions } = body
  const [action]: readonly unknown[] = Array.isArray(actions) ? actions : []
  if (!isObject(user) || !isObject(channel) || !isObject(action)) return null
  return eventIn({ text: action['value'], channel: channel['id'], user: user['id'] }, 'text', 'channel', 'user')
}

/** By shape: the errors of Slack's client carry a code, the answer, or how long to wait. */
function failureText(error: unknown): string {
  const { data, retryAfter, code } = error as { data?: unknown; retryAfter?: unknown; code?: unknown }
  if (typeof retryAfter === 'number') return `Slack asks to wait for ${retryAfter} s`
  if (isObject(data) && typeof data['error'] === 'string') return `Slack refuses: ${data['error']}`
  return `Slack cannot be reached${typeof code === 'string' ? ` (${code})` : ''}`
}
