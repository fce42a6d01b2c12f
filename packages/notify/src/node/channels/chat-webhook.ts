import type { Secret } from '@hotcb/run/node'
import { bodyOf, markedTitle } from '../../text/lines.ts'
import type { NotifyMessage } from '../../types.ts'
import type { NotifyChannel } from '../channel.ts'
import { failureOf, post, resultOf } from '../http.ts'
import { discordPayload } from './discord-payload.ts'
import { slackPayload } from './slack-payload.ts'

/** Creates a channel for a chat that can only be reached by its address: messages have no buttons, and people cannot answer. */
export function chatWebhook(name: string, kind: 'slack' | 'discord', url: Secret): NotifyChannel {
  return {
    name,
    kind,
    target: new URL(url.reveal()).host,
    chat: null,
    async send({ message }, signal) {
      const body = JSON.stringify(
        kind === 'slack' ? slackPayload(message, null) : discordPayload(textOf(message), null),
      )
      try {
        return resultOf(await post(url.reveal(), { body, signal }), undefined)
      } catch (error) {
        return failureOf(error)
      }
    },
    close: async () => undefined,
  }
}

function textOf(message: NotifyMessage): { readonly title: string; readonly body: string } {
  return { title: markedTitle(message), body: bodyOf(message, false) }
}
