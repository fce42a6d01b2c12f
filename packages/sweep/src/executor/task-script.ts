import type { ChunkAttempt } from './executor.ts'

/** The parts of a submission's script. */
export interface TaskScript {
  /** Lines for the scheduler. */
  readonly header: readonly string[]
  /** A bash expression that expands to the task number. */
  readonly task: string
  readonly attempts: readonly ChunkAttempt[]
  /** Lines between the task's environment and the wrapper. */
  readonly before?: readonly string[]
  /** The bash program that runs one attempt from its environment. */
  readonly wrapper: string
}

/** Builds a script from the header, each task's environment and the wrapper. The script needs only bash on the node. */
export function taskScript({ header, task, attempts, before = [], wrapper }: TaskScript): string {
  const shared = common(attempts)
  return `${[
    '#!/bin/bash',
    ...header,
    '',
    '# The same for every task.',
    ...exportsOf(shared),
    '',
    '# What each task runs.',
    `case "${task}" in`,
    ...attempts.flatMap((one) => arm(one, shared)),
    '  *)',
    `    echo "hotcb: this submission has no task ${task}" >&2`,
    '    exit 74',
    '    ;;',
    'esac',
    '',
    ...before,
    wrapper.trim(),
  ].join('\n')}\n`
}

/** Returns the variables that have the same value in all attempts. */
function common(attempts: readonly ChunkAttempt[]): Readonly<Record<string, string>> {
  const [first, ...rest] = attempts
  const shared = Object.entries(first?.env ?? {}).filter(([key, value]) => rest.every(({ env }) => env[key] === value))
  return Object.fromEntries(shared)
}

function arm({ task, env }: ChunkAttempt, shared: Readonly<Record<string, string>>): readonly string[] {
  const own = Object.entries(env).filter(([key]) => !Object.hasOwn(shared, key))
  return [`  ${task})`, ...exportsOf(Object.fromEntries(own)).map((line) => `    ${line}`), '    ;;']
}

function exportsOf(env: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(env).map(([key, value]) => `export ${key}=${bashWord(value)}`)
}

/** Quotes a string as a single bash word. */
export function bashWord(text: string): string {
  return /^[A-Za-z0-9._/:,=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`
}
