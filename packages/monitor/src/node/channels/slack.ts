import { buttonText, escapeSlack, withoutMentions } from '@hotcb/notify'
import { ChatFailure, openSlackChat, type SlackChat } from '@hotcb/notify/node'
import { isObject } from '@hotcb/protocol'
import type { Secret } from '@hotcb/run/node'
import type { SlackConfig } from '../../config-chat.ts'
import type { Channel } from './channel.ts'
import { type ChatPlace, chatAnswers } from './chat-answers.ts'
import type { ChatMemory } from './chat-memory.ts'
import { type FittedPost, fitted, type Room } from './fitted.ts'
import { type StatusPort, statusMessage } from './status-message.ts'

const LONGEST_BLOCK = 2900

export interface SlackParts {
  readonly config: SlackConfig
  readonly token: Secret
  readonly appToken: Secret
  readonly place: Omit<ChatPlace, 'room'>
  /** A short name for the workspace, used in buttons. */
  readonly tag: string
  readonly memory: ChatMemory
}

/**
 * Creates a Slack channel: posts with files, a thread for each trial, one pinned status message that is edited in place, buttons, and a
 * slash command.
 */
export async function slackChannel(parts: SlackParts): Promise<Channel> {
  const { config, token, appToken, tag, memory } = parts
  const chat = await openSlackChat(config.api, token, appToken)
  const { channel } = config
  const place: ChatPlace = { ...parts.place, channel, room: ROOM }
  const post: Channel['post'] = async ({ text, trial, proposal, threadFile, file = threadFile }) => {
    const shown = fitted({ text, ...(file !== undefined && { file }) }, ROOM)
    const actions = proposal === undefined ? [] : [buttons(proposal, tag, place)]
    if (trial === undefined) await sayAll(chat, { channel, ...shown, actions, thread: null })
    else {
      const name = `trial-${trial}`
      const begun = await sayAll(chat, { channel, ...shown, actions, thread: memory.get(name), beginsThread: true })
      if (begun !== null) memory.set(name, begun)
    }
  }
  return {
    name: 'slack',
    post,
    show: statusMessage(statusPort(chat, channel), memory, `sweep ${tag}`),
    async listen(listener) {
      const answers = chatAnswers(place, listener, post)
      const tell = (user: string) => (text: string) =>
        void chat.call('chat.postEphemeral', { channel, user, ...plain(text) }).catch(() => undefined)
      await chat.listen({
        onPress: (event) => answers.press(event, tell(event.user)),
        onCommand(event) {
          answers.command(event, tell(event.user))
          return 'one moment'
        },
        onMention: (event) => answers.mention(event),
        onTrouble: (why) => listener.parts.actor.log('channel', { trouble: why }),
      })
    },
    close: () => chat.close(),
  }
}

interface Said {
  readonly channel: string
  readonly text: string
  readonly actions?: readonly object[]
  readonly thread: string | null
}

interface SaidWithFiles extends Said {
  readonly files: FittedPost['files']
  /** Whether the message starts a thread if `thread` is null. */
  readonly beginsThread?: true
}

/** Posts text with its files. Returns the reference of the message that starts the thread. */
async function sayAll(chat: SlackChat, said: SaidWithFiles): Promise<string | null> {
  const { channel, text, files, actions = [], thread } = said
  const isFirst = said.beginsThread === true && thread === null
  // Files cannot have buttons or start a thread, so they follow the message.
  const isMessage = files.length === 0 || actions.length > 0 || isFirst
  const ts = isMessage ? await say(chat, said) : null
  const begun = isFirst ? ts : null
  if (files.length > 0) await share(chat, files, { channel, text: isMessage ? null : text, thread: thread ?? begun })
  return begun
}

/** Returns the message's reference; null if Slack returned none. */
async function say(chat: SlackChat, { channel, text, actions = [], thread }: Said): Promise<string | null> {
  const { blocks, ...rest } = plain(text)
  const more = thread === null ? {} : { thread_ts: thread }
  const { ts } = await chat.call('chat.postMessage', { channel, ...rest, blocks: [...blocks, ...actions], ...more })
  return typeof ts === 'string' && ts !== '' ? ts : null
}

/** Posts files with their text. If Slack rejects the files, the text is posted anyway. */
async function share(
  chat: SlackChat,
  files: FittedPost['files'],
  { channel, text, thread }: Omit<Said, 'text'> & { readonly text: string | null },
): Promise<void> {
  const where = { channel_id: channel, ...(thread !== null && { thread_ts: thread }) }
  try {
    await chat.upload(files, { ...where, ...(text !== null && { blocks: blocksOf(text) }) })
  } catch (error) {
    if (text !== null) await say(chat, { channel, text, thread })
    throw error
  }
}

function statusPort(chat: SlackChat, channel: string): StatusPort {
  return {
    async post(text) {
      const ts = await say(chat, { channel, text, thread: null })
      if (ts === null) throw new ChatFailure('Slack returned no message timestamp', null)
      return ts
    },
    edit: async (ts, text) => void (await chat.call('chat.update', { channel, ts, ...plain(text) })),
    async pin(timestamp) {
      try {
        await chat.call('pins.add', { channel, timestamp })
      } catch (error) {
        if (!(error instanceof ChatFailure && error.code === 'already_pinned')) throw error
      }
    },
    async pinned() {
      const { user_id: own } = await chat.call('auth.test', {})
      const { items } = await chat.call('pins.list', { channel })
      const listed: readonly unknown[] = Array.isArray(items) ? items : []
      return listed.flatMap((item) => {
        const message = isObject(item) ? item['message'] : null
        if (!isObject(message) || typeof message['ts'] !== 'string' || message['user'] !== own) return []
        return [{ ref: message['ts'], text: String(message['text'] ?? '') }]
      })
    },
    isGone: ({ code }) => code === 'message_not_found',
  }
}

/** Returns plain text without mentions; line breaks are kept. */
function withoutMentionsIn(text: string): string {
  return text
    .split('\n')
    .map((line) => withoutMentions(line))
    .join('\n')
}

const ROOM: Room = { quoted: withoutMentionsIn, longest: LONGEST_BLOCK }

/** Returns plain text in blocks without markup, and an escaped copy for notifications. */
function plain(text: string): { readonly blocks: readonly object[] } & Readonly<Record<string, unknown>> {
  return {
    text: escapeSlack(text).slice(0, LONGEST_BLOCK),
    blocks: blocksOf(text),
    unfurl_links: false,
    unfurl_media: false,
  }
}

function blocksOf(text: string): readonly object[] {
  const shown = withoutMentionsIn(text).slice(0, LONGEST_BLOCK)
  return [{ type: 'section', text: { type: 'plain_text', text: shown || ' ', emoji: false } }]
}

function buttons(id: string, run: string, { channel, authenticate }: ChatPlace): object {
  const button = (verdict: 'approve' | 'reject'): object => ({
    type: 'button',
    text: { type: 'plain_text', text: verdict === 'approve' ? 'Approve' : 'Reject' },
    style: verdict === 'approve' ? 'primary' : 'danger',
    value: buttonText({ run, action: id.replace('.', '-'), verdict }, channel, authenticate),
    action_id: verdict,
  })
  return { type: 'actions', elements: [button('approve'), button('reject')] }
}
