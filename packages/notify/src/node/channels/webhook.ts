import type { Secret } from '@hotcb/run/node'
import type { ChannelConfig } from '../../types.ts'
import type { NotifyChannel } from '../channel.ts'
import { failureOf, post, resultOf } from '../http.ts'
import { signatureHeaders } from '../signature.ts'

/** Creates a custom webhook. It sends JSON, signed so that the receiver can verify who sent it and when. */
export function webhookChannel(
  config: Extract<ChannelConfig, { kind: 'webhook' }>,
  url: Secret,
  secret: Secret,
): NotifyChannel {
  return {
    name: config.name,
    kind: 'webhook',
    target: new URL(url.reveal()).host,
    chat: null,
    async send({ id, message }, signal) {
      const body = JSON.stringify({ version: 1, id, ...message })
      const headers = {
        ...signatureHeaders(secret.reveal(), body, Math.floor(Date.now() / 1000)),
        'hotcb-delivery': id,
      }
      try {
        return resultOf(await post(url.reveal(), { headers, body, signal }), undefined)
      } catch (error) {
        return failureOf(error)
      }
    },
    close: async () => undefined,
  }
}
