import { isObject } from '@hotcb/protocol'
import type { Secret } from '@hotcb/run/node'
import type { SendResult } from '../../queue/lane.ts'
import { escapeHtml } from '../../text/escape.ts'
import { bodyOf, markedTitle } from '../../text/lines.ts'
import type { ChannelConfig } from '../../types.ts'
import type { AnswerListener, NotifyChannel, Outgoing } from '../channel.ts'
import { failureOf, type HttpAnswer, HttpFailure, post, resultOf } from '../http.ts'

const POLL_SECONDS = 25
const POLL_LIMIT_MS = (POLL_SECONDS + 15) * 1000
const CALL_LIMIT_MS = 10_000
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 60_000

type Call = (method: string, body: object, signal: AbortSignal) => Promise<HttpAnswer>

/** Creates a Telegram chat. Answers are read by long polling, which works behind a router. */
export function telegramChannel(config: Extract<ChannelConfig, { kind: 'telegram' }>, token: Secret): NotifyChannel {
  const { name, chat, api } = config
  const call: Call = (method, body, signal) =>
    post(`${api.replace(/\/$/, '')}/bot${token.reveal()}/${method}`, { body: JSON.stringify(body), signal })
  const closing = new AbortController()
  let polling: Promise<void> = Promise.resolve()
  return {
    name,
    kind: 'telegram',
    target: new URL(api).host,
    chat,
    send: (outgoing, signal) => attempt(() => call('sendMessage', messageBody(chat, outgoing), signal)),
    edit: (ref, message, note, signal) =>
      attempt(() => {
        const text = `<b>${escapeHtml(markedTitle(message))}</b>\n${escapeHtml(message.text)}\n<i>${escapeHtml(note)}</i>`
        return call('editMessageText', { chat_id: chat, message_id: Number(ref), text, parse_mode: 'HTML' }, signal)
      }),
    async listen(listener) {
      polling = poll(call, listener, closing.signal)
    },
    async close() {
      closing.abort()
      await polling
    },
  }
}

function messageBody(chat: string, { message, buttons }: Outgoing): object {
  const text = `<b>${escapeHtml(markedTitle(message))}</b>\n${escapeHtml(bodyOf(message, buttons !== null))}`
  const rows = buttons && [
    [
      { text: 'Approve', callback_data: buttons.approve },
      { text: 'Reject', callback_data: buttons.reject },
    ],
  ]
  return {
    chat_id: chat,
    text,
    parse_mode: 'HTML',
    link_preview_options: { is_disabled: true },
    ...(rows !== null && { reply_markup: { inline_keyboard: rows } }),
  }
}

async function attempt(make: () => Promise<HttpAnswer>): Promise<SendResult> {
  try {
    const answer = await make()
    const result = isObject(answer.json) && isObject(answer.json['result']) ? answer.json['result'] : {}
    const id = result['message_id']
    return resultOf(answer, sayOf(answer), typeof id === 'number' ? String(id) : undefined)
  } catch (error) {
    return failureOf(error)
  }
}

/** Returns the problem that Telegram reports; undefined if there is none. */
function sayOf({ json }: HttpAnswer): string | undefined {
  if (!isObject(json)) return 'not a Telegram response'
  if (json['ok'] === true) return undefined
  return typeof json['description'] === 'string' ? json['description'] : 'the request was rejected'
}

/** Receives presses until it is stopped. Requesting the next presses confirms those already received. */
async function poll(call: Call, listener: AnswerListener, stopped: AbortSignal): Promise<void> {
  let offset = 0
  let pauseMs = FIRST_PAUSE_MS
  let told = ''
  while (!stopped.aborted) {
    const body = { offset, timeout: POLL_SECONDS, allowed_updates: ['callback_query'] }
    const trouble = await getUpdates(call, body, stopped, async (update) => {
      await takeUpdate(call, listener, update)
      if (typeof update['update_id'] === 'number') offset = update['update_id'] + 1
    })
    if (trouble === undefined) {
      pauseMs = FIRST_PAUSE_MS
      told = ''
    } else if (!stopped.aborted) {
      if (trouble !== told) listener.onTrouble(`answers from Telegram cannot be read: ${trouble}`)
      told = trouble
      await sleep(pauseMs, stopped)
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)
    }
  }
}

/** @returns The problem; undefined if there was none. */
async function getUpdates(
  call: Call,
  body: object,
  stopped: AbortSignal,
  take: (update: Record<string, unknown>) => Promise<void>,
): Promise<string | undefined> {
  try {
    const answer = await call('getUpdates', body, AbortSignal.any([stopped, AbortSignal.timeout(POLL_LIMIT_MS)]))
    const trouble = answer.status === 409 ? 'another program is already reading the answers to this bot' : sayOf(answer)
    if (trouble !== undefined) return trouble
    const updates = isObject(answer.json) && Array.isArray(answer.json['result']) ? answer.json['result'] : []
    for (const update of updates) if (isObject(update)) await take(update)
    return undefined
  } catch (error) {
    return error instanceof HttpFailure ? error.message : 'no answer'
  }
}

async function takeUpdate(call: Call, listener: AnswerListener, update: Record<string, unknown>): Promise<void> {
  const query = update['callback_query']
  if (!isObject(query) || typeof query['data'] !== 'string') return
  const message = isObject(query['message']) ? query['message'] : {}
  const chat = isObject(message['chat']) ? idOf(message['chat']['id']) : ''
  const user = isObject(query['from']) ? idOf(query['from']['id']) : ''
  const text = await listener.onPress({ data: query['data'], chat, user })
  const body = { callback_query_id: query['id'], text: text.slice(0, 190), show_alert: true }
  // The press has been processed, whether or not the person sees this sentence.
  await call('answerCallbackQuery', body, AbortSignal.timeout(CALL_LIMIT_MS)).catch(() => undefined)
}

function idOf(value: unknown): string {
  return typeof value === 'number' || typeof value === 'string' ? String(value) : ''
}

function sleep(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stopped.aborted) return resolve()
    const timer = setTimeout(resolve, ms)
    stopped.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    }, { once: true }) // biome-ignore format: short
  })
}
