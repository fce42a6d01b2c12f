import type { At, Expires, Json } from '@hotcb/protocol'
import { show } from '@hotcb/protocol'
import { usageError } from './command-error.ts'
import { readPairs, splitCommas } from './pairs.ts'
import { parseFixed } from './relative-pairs.ts'

/** When and under which conditions to apply a command: `--at`, `--expires`, `--expect`. */
export interface TypedConditions {
  readonly at?: At
  readonly expires?: Expires
  readonly expect?: Readonly<Record<string, Json>>
}

/**
 * Reads the three flags.
 *
 * @throws CommandError `usage`.
 */
export function readConditions(flags: {
  readonly at?: string | undefined
  readonly expires?: string | undefined
  readonly expect?: string | undefined
}): TypedConditions {
  const { at, expires, expect } = flags
  return {
    ...(at === undefined ? {} : { at: readAt(at) }),
    ...(expires === undefined ? {} : { expires: readExpires(expires) }),
    ...(expect === undefined ? {} : { expect: readExpect(expect) }),
  }
}

function readAt(text: string): At {
  const { step, event, ...rest } = readPlace(text)
  const wrong = Object.keys(rest)[0]
  if (wrong !== undefined) throw usageError(`\`--at\` accepts step and event, got \`${wrong}\``)
  if (!isStep(step)) throw usageError(`\`--at\` must be step=N[,event=NAME], N a whole number >= 0, got ${show(text)}`)
  if (event === undefined) return { step }
  if (typeof event !== 'string' || event === '') throw usageError(`\`event\` must be a name, got ${show(event)}`)
  return { step, event }
}

function readExpires(text: string): Expires {
  const { step, ts, ...rest } = readPlace(text)
  const wrong = Object.keys(rest)[0]
  if (wrong !== undefined) throw usageError(`\`--expires\` accepts step and ts, got \`${wrong}\``)
  const right = (step !== undefined || ts !== undefined) && (step === undefined || isStep(step))
  if (!right || (ts !== undefined && typeof ts !== 'number')) {
    throw usageError(`\`--expires\` must be step=N or ts=EPOCH_SECONDS, got ${show(text)}`)
  }
  return { ...(step === undefined ? {} : { step }), ...(ts === undefined ? {} : { ts }) }
}

// A bare number means a step.
function readPlace(text: string): Readonly<Record<string, Json>> {
  return readPairs(splitCommas(/^\d+$/.test(text) ? `step=${text}` : text))
}

function readExpect(text: string): Readonly<Record<string, Json>> {
  const expect = readPairs(splitCommas(text), parseFixed)
  if (Object.keys(expect).length === 0) throw usageError(`\`--expect\` must be KEY=VALUE, got ${show(text)}`)
  return expect
}

function isStep(value: Json | undefined): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
