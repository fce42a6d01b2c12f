import type { Arg, StringFlag, Values } from './arg.ts'
import { usageError } from './command-error.ts'
import { readConditions, type TypedConditions } from './conditions.ts'

/** `--wait`, which every command that a trainer answers accepts. */
export const WAIT_FLAG: StringFlag = {
  type: 'string',
  bare: '10',
  negatable: true,
  number: 'positive',
  valueHint: 'S',
  description:
    'Wait for the answer, for at most S seconds (10). Default in a terminal; `--no-wait` only queues the command.',
}

/** Flags that every command to a trainer accepts. */
export const SEND_FLAGS: Readonly<Record<'wait' | 'at' | 'expect' | 'expires' | 'note', StringFlag>> & {
  readonly late: Arg & { readonly type: 'boolean' }
} = {
  wait: WAIT_FLAG,
  at: {
    type: 'string',
    valueHint: 'step=N[,event=NAME]',
    description: 'Apply it at that step, not at the next safe point. Returns without waiting unless `--wait` is given.',
    completes: { kind: 'place' },
  },
  late: {
    type: 'boolean',
    description:
      'Send it even if the `--at` step has passed (it is then applied at the next safe point) or is past the end of the run.',
  },
  expect: {
    type: 'string',
    repeats: true,
    valueHint: 'KEY=VALUE',
    description: 'Apply it only if KEY has this value when it is due.',
    completes: { kind: 'assignments' },
  },
  expires: {
    type: 'string',
    valueHint: 'step=N|ts=SECONDS',
    description: 'Drop it if it is not applied by that step (inclusive) or time.',
    completes: { kind: 'deadline' },
  },
  note: {
    type: 'string',
    valueHint: 'TEXT',
    description: 'The reason. It is stored with the command and shown in the log.',
  },
}

/** `--id`, for commands that concern a handle. */
export const ID_FLAG: StringFlag & { readonly default: string } = {
  type: 'string',
  default: 'main',
  isNamed: true,
  valueHint: 'ID',
  description: 'The handle. Default: `main`.',
}

/** The values of {@link SEND_FLAGS}. */
export interface SendOptions {
  readonly conditions: TypedConditions
  readonly note?: string
  /** Whether to send it even if the step of `at` has passed, or is past the end of the run. @defaultValue false */
  readonly late?: boolean
  /** How long to wait for the answer, in seconds; 0 for no wait. Absent: not specified. */
  readonly waitS?: number
}

/** @throws CommandError `usage`. */
export function readSendFlags(values: Values): SendOptions {
  const [at, expires, expect] = [textOf(values['at']), textOf(values['expires']), textOf(values['expect'])]
  const conditions = readConditions({ at, expires, expect })
  const note = textOf(values['note'])
  if (note === '') throw usageError('`--note` is empty: give a reason, or leave it out')
  const waitS = readWait(values)
  const late = values['late'] === true
  if (late && at === undefined) throw usageError('`--late` requires `--at`')
  return {
    conditions,
    ...(late && { late }),
    ...(note !== undefined && { note }),
    ...(waitS !== undefined && { waitS }),
  }
}

/** Returns the seconds of `--wait`; undefined if it was not given. */
export function readWait(values: Values): number | undefined {
  const wait = textOf(values['wait'])
  if (wait === undefined) return undefined
  return wait === 'no' ? 0 : Number(wait)
}

/** Returns the value if it is a string, otherwise undefined. */
export function textOf(value: Values[string]): string | undefined {
  return typeof value === 'string' ? value : undefined
}
