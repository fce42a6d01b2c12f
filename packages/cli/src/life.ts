import { readFileSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { isAlive, isObject, PROTOCOL_VERSION, parseJson, type StateDocument } from '@hotcb/protocol'
import { refusal } from './errors.ts'
import { cannot, type Run } from './run.ts'

/** What the state document says of the trainer, and whether it is a sign of life. */
export interface Life {
  readonly alive: boolean
  /** Undefined where there is no state document, or none that can be read. */
  readonly state: StateDocument | undefined
  /** Since it was written; 0 without one. */
  readonly ageSeconds: number
  /** Why the document that is there cannot be read. */
  readonly trouble?: string
}

/** Looks for the sign of life of the run's trainer: one small file is read. */
export function readLife(run: Run): Life {
  const path = run.path('state')
  let text: string
  let modifiedMs: number
  try {
    modifiedMs = statSync(path).mtimeMs
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return NO_LIFE
    throw cannot(`read \`${path}\``, error)
  }
  const parsed = parseJson(text)
  if (!parsed.ok) return { ...NO_LIFE, trouble: `\`${path}\` is not JSON: ${parsed.reason}` }
  if (!isStateDocument(parsed.value)) return { ...NO_LIFE, trouble: `\`${path}\` is no state document` }
  const state = parsed.value
  // A clock that was set back makes a document of the future, which is no younger for that.
  const ageSeconds = Math.abs(Date.now() - modifiedMs) / 1000
  const sameHost = state.kernel.host === hostname()
  return {
    alive: isAlive(state, { ageSeconds, sameHost, pidRuns: sameHost && runs(state.kernel.pid) }),
    state,
    ageSeconds,
  }
}

/**
 * Refuses to write where a newer protocol is spoken.
 *
 * @throws `CliError` `refused`.
 */
export function requireProtocol({ state }: Life): void {
  if (state === undefined || state.protocol <= PROTOCOL_VERSION) return
  throw refusal(
    `this run speaks protocol ${state.protocol}, this hotcb only ${PROTOCOL_VERSION}: nothing is written`,
    `its trainer is ${state.kernel.name} ${state.kernel.version}: use a hotcb as new as that`,
  )
}

const NO_LIFE: Life = { alive: false, state: undefined, ageSeconds: 0 }

// Only what is used is asked for: the document is another program's, perhaps a newer one's.
function isStateDocument(value: unknown): value is StateDocument {
  if (!isObject(value) || typeof value['protocol'] !== 'number' || !isObject(value['kernel'])) return false
  const { freeze, held, last, modules } = value
  return isObject(freeze) && Array.isArray(held) && isObject(last) && isObject(modules)
}

function runs(pid: number | null): boolean {
  if (pid === null || !(pid > 0)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It runs, as somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
