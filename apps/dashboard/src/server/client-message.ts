import { isObject, ok, parseJson, type Result, refused, show } from '@hotcb/protocol'
import type { ClientMessage, WireChannel } from '../shared/wire.ts'

/** Reads what a page sends over its socket. */
export function readClientMessage(text: string): Result<ClientMessage> {
  const parsed = parseJson(text, { nan: 'refuse' })
  if (!parsed.ok) return refused(`a message must be JSON, got ${show(text)}: ${parsed.reason}`)
  const { value } = parsed
  if (!isObject(value)) return refused(`a message must be an object, got ${show(value)}`)
  const { type, run = '', channel, cursor = null, names } = value
  if (type === 'ping') return ok({ type })
  if (type !== 'subscribe' && type !== 'unsubscribe') {
    return refused(`\`type\` must be subscribe, unsubscribe or ping, got ${show(type)}`)
  }
  const known = CHANNELS.find((word) => word === channel)
  if (known === undefined) return refused(`\`channel\` must be one of ${CHANNELS.join(', ')}, got ${show(channel)}`)
  if (typeof run !== 'string' || run.length > 512) return refused(`\`run\` must be the id of a run, got ${show(run)}`)
  if (type === 'unsubscribe') return ok({ type, run, channel: known })
  if (cursor !== null && (typeof cursor !== 'string' || cursor.length > 128)) {
    return refused(`\`cursor\` must be text that was given out, got ${show(cursor)}`)
  }
  if (names === undefined || names === null) return ok({ type, run, channel: known, cursor })
  if (!Array.isArray(names) || names.length > MOST_NAMES || !names.every((name) => typeof name === 'string')) {
    return refused(`\`names\` must be at most ${MOST_NAMES} names, got ${show(names)}`)
  }
  return ok({ type, run, channel: known, cursor, names })
}

const CHANNELS: readonly WireChannel[] = ['metrics', 'ledger', 'log', 'state', 'runs']
const MOST_NAMES = 2000
