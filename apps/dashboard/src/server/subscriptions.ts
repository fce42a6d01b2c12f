import type { ClientMessage } from '../shared/wire.ts'
import type { Client } from './client.ts'
import type { DocumentFeed } from './document-feed.ts'
import type { LineFeeds } from './line-feeds.ts'
import type { RunRegistry } from './run-registry.ts'
import { STREAMS } from './streams/index.ts'

/** Records which client follows which streams. */
export interface Subscriptions {
  add(client: Client, asked: ClientMessage & { readonly type: 'subscribe' }): Promise<void>
  remove(client: Client, asked: ClientMessage & { readonly type: 'unsubscribe' }): void
  /** Removes a client from all streams. */
  leave(client: Client): void
}

/** Passes clients' subscription requests to the feed of the requested stream. */
export function createSubscriptions(registry: RunRegistry, lines: LineFeeds, documents: DocumentFeed): Subscriptions {
  const followed = new WeakMap<Client, Set<string>>()

  /** Whether a client may follow one more stream. */
  function admit(client: Client, key: string): boolean {
    const keys = followed.get(client) ?? new Set<string>()
    followed.set(client, keys.add(key))
    if (keys.size > MOST_FOLLOWED) keys.delete(key)
    return keys.has(key)
  }

  return {
    async add(client, { run, channel, cursor = null, names }) {
      if (!admit(client, keyOf(run, channel))) {
        const message = `one client can follow at most ${MOST_FOLLOWED} channels`
        return client.send({ type: 'error', run, channel, message })
      }
      const stream = STREAMS[channel]
      if (stream.kind === 'document') return documents.subscribe(client, channel, stream, run)
      const found = await registry.find(run)
      if (found === undefined) return client.send({ type: 'gone', run })
      await lines.subscribe(client, found, channel, stream, { cursor, names })
    },
    remove(client, { run, channel }) {
      followed.get(client)?.delete(keyOf(run, channel))
      lines.unsubscribe(client, channel, run)
      documents.unsubscribe(client, channel, run)
    },
    leave(client) {
      lines.leave(client)
      documents.leave(client)
    },
  }
}

function keyOf(run: string, channel: string): string {
  return `${run}\n${channel}`
}

const MOST_FOLLOWED = 64
