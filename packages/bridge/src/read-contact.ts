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
 * Reads one line of a client. Its fields are not checked one by one: the client is of the same version, which `open`
 * makes sure of, and the kernel checks the values that come from the training.
 */
export function readContact(line: string): Result<Contact> {
  const parsed = parseJson(line, { nan: 'keep' })
  if (!parsed.ok) return refused(`a line of the client is not JSON: ${parsed.reason}`)
  const { value } = parsed
  if (!isObject(value)) return refused(`a line of the client must be an object, got ${show(value)}`)
  const kind: unknown = value['k']
  if (typeof kind !== 'string' || !KINDS.includes(kind)) {
    return refused(`\`k\` of a line of the client must be one of ${KINDS.join(', ')}, got ${show(kind)}`)
  }
  if (OPENING.includes(kind) && value['bridge'] !== WIRE_VERSION) {
    return refused(`this sidecar uses version ${WIRE_VERSION} of the bridge, got ${show(value['bridge'])}`)
  }
  // See above.
  return ok(value as unknown as Contact)
}

/** Reads the answer of a trainer to one request. */
export function readAnswer(line: string): Result<Answer> {
  const parsed = parseJson(line, { nan: 'keep' })
  if (!parsed.ok) return refused(`an answer of the client is not JSON: ${parsed.reason}`)
  const { value } = parsed
  if (!isObject(value) || !('v' in value || 'error' in value)) {
    return refused(`an answer of the client must have \`v\` or \`error\`, got ${show(value)}`)
  }
  // A trainer's value may be anything; the kernel checks it.
  return ok(value as unknown as Answer)
}
