import type { TrialView } from '../types.ts'

/** The failure class, determined from the exit code, the scheduler and the error output. */
export type FailureClass =
  | 'oom'
  | 'cuda_oom'
  | 'timeout'
  | 'nan'
  | 'node'
  | 'killed'
  | 'launch'
  | 'exception'
  | 'parent'
  | 'exit'

export interface Failure {
  readonly class: FailureClass
  /** A string that is the same for failures with the same cause: `exception:ValueError`, `oom`. */
  readonly print: string
}

const NODE_REASONS: ReadonlySet<string> = new Set([
  'node_fail',
  'preempted',
  'boot_fail',
  'lost',
  'deadline',
  'requeued',
])

/** The exit code of the `timeout` program. */
const TIMEOUT_CODE = 124

/**
 * Returns the cause of a failure. The scheduler's reason takes precedence over the trial's output, which could contain anything.
 */
export function failureOf({ reason, code, untrustedErrorTail }: TrialView): Failure {
  const tail = untrustedErrorTail ?? ''
  const exception = exceptionIn(tail)
  const plain = (one: FailureClass): Failure => ({ class: one, print: one })
  if (reason === 'timeout' || code === TIMEOUT_CODE) return plain('timeout')
  if (reason !== null && NODE_REASONS.has(reason)) return plain('node')
  if (reason === 'parent') return plain('parent')
  if (isCudaOutOfMemory(tail)) return plain('cuda_oom')
  if (reason === 'oom') return plain('oom')
  if (reason === 'launch') return plain('launch')
  if (reason === 'killed' || reason === 'signal') return plain('killed')
  if (isNan(tail)) return plain('nan')
  if (exception !== null) return { class: 'exception', print: `exception:${exception}` }
  return { class: 'exit', print: `exit:${code ?? 'unknown'}` }
}

function isCudaOutOfMemory(tail: string): boolean {
  return /CUDA out of memory|CUDA error: out of memory|torch\.(cuda\.)?OutOfMemoryError|HIP out of memory/i.test(tail)
}

function isNan(tail: string): boolean {
  return /\b(loss|gradients?|output|value)s?\b[^\n]{0,40}\b(is|are|became|of)?\s*(nan|inf|infinite|non-?finite)\b/i.test(
    tail,
  )
}

/** Returns the name of the Python exception or JavaScript error at the end of the output. */
function exceptionIn(tail: string): string | null {
  const lines = tail.split('\n').reverse()
  for (const line of lines) {
    const [, name] =
      /^(?:[A-Za-z_][\w.]*\.)?(Error|Exception|[A-Z]\w{0,60}(?:Error|Exception|Exit|Interrupt|Warning|Fault))\b(?::|$)/.exec(
        line.trim(),
      ) ?? []
    if (name !== undefined) return name
  }
  return null
}
