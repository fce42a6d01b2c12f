import { isObject, ok, parseJson, type Result, refused, show } from '@hotcb/protocol'
import type { ClientMessage, WireChannel } from '../shared/wire.ts'
import { STREAM_NAMES } from './streams/index.ts'
import { checkUser } from './token-file.ts'

/** Parses a message that a page sent over its socket. */
export function readClientMessage(text: string): Result<ClientMessage> {
  const parsed = parseJson(text, { nan: 'refuse' })
  if (!parsed.ok) return refused(`a message must be JSON, got ${show(text)}: ${parsed.reason}`)
  const { value } = parsed
  if (!isObject(value)) return refused(`a message must be an object, got ${show(value)}`)
  const { type, run = '', channel } = value
  if (type === 'ping') return ok({ type })
  if (type === 'name') return readName(value['name'])
  if (type !== 'subscribe' && type !== 'unsubscribe') {
    return refused(`\`type\` must be subscribe, unsubscribe, name or ping, got ${show(type)}`)
  }
  const known = STREAM_NAMES.find((name) => name === channel)
  if (known === undefined) {
    return refused(`\`channel\` must be one of ${STREAM_NAMES.join(', ')}, got ${show(channel)}`)
  }
  if (typeof run !== 'string' || run.length > 512) return refused(`\`run\` must be a run id, got ${show(run)}`)
  return type === 'unsubscribe' ? ok({ type, run, channel: known }) : readSubscription(value, run, known)
}

function readName(name: unknown): Result<ClientMessage> {
  if (name === null) return ok({ type: 'name', name })
  const problem = typeof name === 'string' ? checkUser(name) : `\`name\` must be text or null, got ${show(name)}`
  // `checkUser` has checked that it is a string.
  return problem === undefined ? ok({ type: 'name', name: name as string }) : refused(problem)
}

function readSubscription(
  { cursor = null, names }: Record<string, unknown>,
  run: string,
  channel: WireChannel,
): Result<ClientMessage> {
  if (cursor !== null && (typeof cursor !== 'string' || cursor.length > 128)) {
    return refused(`\`cursor\` must be one that the server sent, got ${show(cursor)}`)
  }
  const subscription = { type: 'subscribe', run, channel, cursor } as const
  if (names === undefined || names === null) return ok(subscription)
  if (!Array.isArray(names) || names.length > MOST_NAMES || !names.every((name) => typeof name === 'string')) {
    return refused(`\`names\` must be a list of at most ${MOST_NAMES} names, got ${show(names)}`)
  }
  return ok({ ...subscription, names })
}

const MOST_NAMES = 2000
