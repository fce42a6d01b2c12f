import { isObject } from '@hotcb/protocol'
import type { Secret } from '@hotcb/run/node'
import { loadClient } from '../channels/optional-client.ts'
import { post } from '../http.ts'
import { ChatFailure, type ChatFile } from './chat-failure.ts'

/** A person's action in a chat. */
export interface ChatEvent {
  /** The typed text, or the value of a button. */
  readonly text: string
  readonly channel: string
  /** The user's ID. */
  readonly user: string
}

/** A conversation through a Slack app, over socket mode. It needs no public address. */
export interface SlackChat {
  /** Calls a method of the Web API. @throws ChatFailure */
  call(method: string, args: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>
  /**
   * Posts files in one message.
   *
   * @param place The arguments of `files.completeUploadExternal` other than the files: `channel_id`, `thread_ts`, `blocks`.
   * @throws ChatFailure
   */
  upload(files: readonly ChatFile[], place: Readonly<Record<string, unknown>>): Promise<void>
  listen(handlers: SlackHandlers): Promise<void>
  close(): Promise<void>
}

export interface SlackHandlers {
  /** Called when someone pressed a button. */
  onPress(event: ChatEvent): void
  /** Called when someone typed a slash command. The returned text is shown only to its author. */
  onCommand(event: ChatEvent): string
  /** Called when someone mentioned the app. */
  onMention(event: ChatEvent): void
  /** Called when the connection was lost. It will be opened again. */
  onTrouble(text: string): void
}

const CALL_MS = 10_000
const UPLOAD_MS = 60_000
const LONGEST_ALT = 1000

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
  const call: SlackChat['call'] = async (method, args) => {
    try {
      return { ...(await web.apiCall(method, { ...args })) }
    } catch (error) {
      throw failureIn(error)
    }
  }
  return {
    call,
    async upload(files, place) {
      const uploaded: object[] = []
      for (const file of files) uploaded.push({ id: await uploadOne(call, slackApiUrl, file), title: file.name })
      await call('files.completeUploadExternal', { ...place, files: uploaded })
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

// Slack resends everything that is not acknowledged within three seconds.
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
  client.on('error', () => handlers.onTrouble('the connection to Slack was lost; reconnecting'))
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

/** Requests an upload address for a file and sends its bytes there. Returns the file's ID. */
async function uploadOne(
  call: SlackChat['call'],
  api: string,
  { name: filename, bytes, about }: ChatFile,
): Promise<string> {
  const asked = { filename, length: bytes.length, alt_txt: about.slice(0, LONGEST_ALT) }
  const { upload_url: url, file_id: id } = await call('files.getUploadURLExternal', asked)
  if (typeof url !== 'string' || typeof id !== 'string' || !isSafePlace(url, api))
    throw new ChatFailure('Slack did not return a usable upload address for the file', null)
  let status: number
  try {
    // The address itself is a secret, so no token is sent.
    const headers = { 'content-type': 'application/octet-stream' }
    const sent = await post(url, { headers, body: bytes, signal: AbortSignal.timeout(UPLOAD_MS) })
    status = sent.status
  } catch {
    throw new ChatFailure('Slack did not accept the file: its server cannot be reached', null)
  }
  if (status !== 200) throw new ChatFailure(`Slack did not accept the file: status ${status}`, null)
  return id
}

/** Whether a file may be sent to an address. Over the network, the connection must be encrypted. */
function isSafePlace(url: string, api: string): boolean {
  const { protocol, host } = URL.canParse(url) ? new URL(url) : { protocol: '', host: '' }
  return protocol === 'https:' || (protocol === 'http:' && host === new URL(api).host)
}

/** Converts an error. Errors from Slack's client are recognized by their fields: a code, the response, or the time to wait. */
function failureIn(error: unknown): ChatFailure {
  const { data, retryAfter, code } = error as { data?: unknown; retryAfter?: unknown; code?: unknown }
  if (typeof retryAfter === 'number') return new ChatFailure(`Slack limits the rate: retry in ${retryAfter} s`, null)
  if (isObject(data) && typeof data['error'] === 'string')
    return new ChatFailure(`Slack rejected it: ${data['error']}`, data['error'])
  return new ChatFailure(`Slack cannot be reached${typeof code === 'string' ? ` (${code})` : ''}`, null)
}
