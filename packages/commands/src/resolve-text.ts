import { nearest, type ValueDescriptor } from '@hotcb/protocol'
import { refusal, usageError } from './command-error.ts'
import { handlesOf, type TypingFacts } from './run-facts.ts'

/**
 * Resolves an argument for a run: completes the abbreviated id of a command, and converts the path of a file to the
 * path that the trainer uses.
 */
export function resolveText(one: ValueDescriptor, text: string, module: string, facts: TypingFacts): string {
  if (one.completes === 'held') return wholeCid(text, facts)
  if (one.completes === 'files') return facts.placeOf?.(text) ?? text
  if (one.completes === 'registered') requireRegistered(text, module, facts)
  return text
}

// A complete id is sent unchanged, because the command may be newer than the state document.
function wholeCid(typed: string, { held }: TypingFacts): string {
  const cids = held.map(({ cid }) => cid)
  if (cids.includes(typed)) return typed
  const found = cids.filter((cid) => cid.startsWith(typed) || cid.endsWith(typed))
  if (found.length > 1) {
    throw refusal(`"${typed}" is the beginning or end of ${found.length} commands: ${found.join(', ')}`)
  }
  return found[0] ?? typed
}

/** If the trainer has published its paths, an unknown path is rejected. */
function requireRegistered(path: string, module: string, facts: TypingFacts): void {
  const known = handlesOf(module, facts)
  if (known === undefined || known.has(path)) return
  const near = nearest(path, known.keys())
  const all = known.size === 0 ? 'it registered nothing' : `choose from ${[...known.keys()].join(', ')}`
  const right = near.length > 0 ? `did you mean ${near.map((word) => `\`${word}\``).join(' or ')}?` : all
  throw usageError(`the trainer did not register \`${path}\`: ${right}`)
}
