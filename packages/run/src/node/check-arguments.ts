import { describeShape, nearest } from '@hotcb/protocol'
import { DOCUMENT_NAMES } from '../documents.ts'
import { RunError } from '../run-error.ts'
import { STREAM_NAMES } from '../streams.ts'

// These checks are for JavaScript programs, which have no compiler to catch such errors.

/** @throws RunError `bad-argument` for a value that is not a path. */
export function requirePath(owner: string, dir: unknown): void {
  if (typeof dir === 'string' && dir !== '') return
  throw bad(`\`${owner}\` needs the path of a run directory, got ${describeShape(dir)}`)
}

/** @throws RunError `bad-argument` for an unknown document name. */
export function requireDocument(name: string): void {
  requireName('document', name, DOCUMENT_NAMES)
}

/** @throws RunError `bad-argument` for an unknown stream name. */
export function requireStream(name: string): void {
  requireName('stream', name, STREAM_NAMES)
}

/** @throws RunError `bad-argument` for a sender without a source, or if the drafts are not a list. */
export function requireSending(drafts: unknown, sender: unknown): void {
  if (!Array.isArray(drafts)) throw bad(`\`send\` needs a list of commands, got ${describeShape(drafts)}`)
  const source: unknown = typeof sender === 'object' && sender !== null ? Reflect.get(sender, 'source') : undefined
  if (typeof source === 'string' && source !== '') return
  throw bad(`\`send\` needs a sender, such as \`{ source: 'my-tool' }\`, got ${describeShape(sender)}`)
}

function requireName(kind: string, name: unknown, known: readonly string[]): void {
  if (typeof name === 'string' && known.includes(name)) return
  const [near] = typeof name === 'string' ? nearest(name, known, 1) : []
  const right = near === undefined ? `choose from ${known.join(', ')}` : `did you mean \`${near}\`?`
  throw bad(`a run has no ${kind} ${describeShape(name)}: ${right}`)
}

function bad(reason: string): RunError {
  return new RunError('bad-argument', reason)
}
