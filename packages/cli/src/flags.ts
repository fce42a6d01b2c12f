import type { StringFlag } from './command.ts'

/** Flags of every command that asks a trainer for something. */
export const SEND_FLAGS: Readonly<Record<keyof SendFlags, StringFlag>> = {
  wait: {
    type: 'string',
    bare: '10',
    negatable: true,
    number: 'positive',
    valueHint: 'S',
    description: 'Wait for the answer, at most S seconds (10). Default at a terminal; `--no-wait` only queues.',
  },
  at: {
    type: 'string',
    valueHint: 'step=N[,event=NAME]',
    description: 'Apply it at that step, not at the next safe point. Not waited for unless `--wait` says so.',
  },
  expect: {
    type: 'string',
    repeats: true,
    valueHint: 'KEY=VALUE',
    description: 'Apply it only if KEY has this value when it is due.',
  },
  expires: {
    type: 'string',
    valueHint: 'step=N|ts=SECONDS',
    description: 'Drop it if it is not applied by that step (inclusive) or time.',
  },
  note: { type: 'string', valueHint: 'TEXT', description: 'Why: kept with the command, shown in the log.' },
}

/** `--id` of the commands that go to a handle. */
export const ID_FLAG: StringFlag & { readonly default: string } = {
  type: 'string',
  default: 'main',
  isNamed: true,
  valueHint: 'ID',
  description: 'The handle. Default: `main`.',
}

/** The flags of {@link SEND_FLAGS} as a command reads them. */
export interface SendFlags {
  readonly wait?: string | undefined
  readonly at?: string | undefined
  readonly expect?: string | undefined
  readonly expires?: string | undefined
  readonly note?: string | undefined
}
