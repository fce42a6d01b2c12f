import { isObject, ok, parseJson, type Result, refused, show } from '@hotcb/protocol'
import { type Answer, type Contact, WIRE_VERSION } from './wire.ts'

const KINDS: readonly string[] = [
  'open',
  'continue',
  'takeover',
  'apply',
  'snapshot',
  'close',
  'bell',
  'queue',
  'poll',
  'controller',
  'control',
]

const OPENING: readonly string[] = ['open', 'queue', 'controller']

/**
 * Parses one line from a client. The fields are not validated one by one: `open` ensures that the client has the same
 * version, and the kernel validates the values that come from training.
 */
export function readContact(line: string): Result<Contact> {
  const parsed = parseJson(line, { nan: 'keep' })
  if (!parsed.ok) return refused(`a line from the client is not JSON: ${parsed.reason}`)
  const { value } = parsed
  if (!isObject(value)) return refused(`a line from the client must be an object, got ${show(value)}`)
  const kind: unknown = value['k']
  if (typeof kind !== 'string' || !KINDS.includes(kind)) {
    return refused(`\`k\` of a line from the client must be one of ${KINDS.join(', ')}, got ${show(kind)}`)
  }
  if (OPENING.includes(kind) && value['bridge'] !== WIRE_VERSION) {
    return refused(`this sidecar uses version ${WIRE_VERSION} of the bridge, got ${show(value['bridge'])}`)
  }
  // The cast is safe for the reasons above.
  return ok(value as unknown as Contact)
}

/** Parses a trainer's answer to one request. */
export function readAnswer(line: string): Result<Answer> {
  const parsed = parseJson(line, { nan: 'keep' })
  if (!parsed.ok) return refused(`an answer from the client is not JSON: ${parsed.reason}`)
  const { value } = parsed
  if (!isObject(value) || !('v' in value || 'error' in value)) {
    return refused(`an answer from the client must have \`v\` or \`error\`, got ${show(value)}`)
  }
  // The cast is safe: a trainer may return any value, and the kernel checks it.
  return ok(value as unknown as Answer)
}
