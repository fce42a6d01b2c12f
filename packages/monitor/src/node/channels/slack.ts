import { buttonText, escapeSlack, withoutMentions } from '@hotcb/notify'
import { openSlackChat } from '@hotcb/notify/node'
import type { Secret } from '@hotcb/run/node'
import type { SlackConfig } from '../../config-chat.ts'
import type { Channel } from './channel.ts'
import { type ChatPlace, chatAnswers } from './chat-answers.ts'
import type { ChatMemory } from './chat-memory.ts'

const LONGEST_BLOCK = 2900

export interface SlackParts {
  readonly config: SlackConfig
  readonly token: Secret
  readonly appToken: Secret
  readonly place: ChatPlace
  /** Short name of the workspace, for buttons. */
  readonly tag: string
  readonly memory: ChatMemory
}

/** A channel of Slack: posts, a thread for each trial, one status message that is edited, buttons, and a slash command. */
export async function slackChannel({ config, token, appToken, place, tag, memory }: SlackParts): Promise<Channel> {
  const chat = await openSlackChat(config.api, token, appToken)
  const { channel } = config
  const say = async (text: string, more: object): Promise<string> => {
    const posted = await chat.call('chat.postMessage', { channel, ...plain(text), ...more })
    return typeof posted['ts'] === 'string' ? posted['ts'] : ''
  }
  return {
    name: 'slack',
    async post({ text, trial, proposal, file }) {
      const name = `trial-${trial}`
      const thread = trial === undefined ? null : memory.get(name)
      const blocks = proposal === undefined ? {} : { blocks: [...blocksOf(text), buttons(proposal, tag, place)] }
      const body = file === undefined ? text : `${text}\n${file.text}`
      const ts = await say(body, { ...blocks, ...(thread !== null && { thread_ts: thread }) })
      if (trial !== undefined && thread === null && ts !== '') memory.set(name, ts)
    },
    async show(text) {
      const known = memory.get('status')
      if (known !== null) return void (await chat.call('chat.update', { channel, ts: known, ...plain(text) }))
      const ts = await say(text, {})
      if (ts !== '') memory.set('status', ts)
    },
    async listen(listener) {
      const answers = chatAnswers(place, listener)
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

/** Plain text in blocks, in which nothing is markup, and an escaped copy for notifications. */
function plain(text: string): object {
  return {
    text: escapeSlack(text).slice(0, LONGEST_BLOCK),
    blocks: blocksOf(text),
    unfurl_links: false,
    unfurl_media: false,
  }
}

function blocksOf(text: string): readonly object[] {
  const lines = text.split('\n').map((line) => withoutMentions(line))
  return [
    {
      type: 'section',
      text: { type: 'plain_text', text: lines.join('\n').slice(0, LONGEST_BLOCK) || ' ', emoji: false },
    },
  ]
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
