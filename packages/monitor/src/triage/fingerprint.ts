import type { TrialView } from '../types.ts'

/** The class of a failure, as far as exit code, scheduler and error output show. */
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
  /** Equal for failures with the same cause: `exception:ValueError`, `oom`. */
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

/** Exit code of the program `timeout`. */
const TIMEOUT_CODE = 124

/** The cause of a failure. The reason of the scheduler takes precedence over the output of the trial, which could contain anything. */
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

/** The name of the Python exception, or of the JavaScript error, that the output ends with. */
function exceptionIn(tail: string): string | null {
  const lines = tail.split('\n').reverse()
  for (const line of lines) {
    const [, name] =
      /^(?:[A-Za-z_][\w.]*\.)?([A-Z]\w{0,60}(?:Error|Exception|Exit|Interrupt|Warning|Fault))\b(?::|$)/.exec(
        line.trim(),
      ) ?? []
    if (name !== undefined) return name
  }
  return null
}
