import * as v from 'valibot'
import type { McpPort } from '../port.ts'
import { AT_STEP, EXPECT, pairs, REASON, RUN, VALUES } from './arguments.ts'
import { ask, createTool, type Tool } from './tool.ts'

/** A command for the trainer of a run. */
export interface RunChange {
  readonly name: string
  readonly description: string
  /** Its arguments, in addition to the run and the reason. */
  readonly args: v.ObjectSchema<v.ObjectEntries, undefined>
  /** Returns the words of its command line, except those that name the run. */
  words(args: unknown): readonly string[]
}

function change<const Entries extends v.ObjectEntries>(one: {
  readonly name: string
  readonly description: string
  readonly args: v.ObjectSchema<Entries, undefined>
  words(args: v.InferOutput<v.ObjectSchema<Entries, undefined>>): readonly string[]
}): RunChange {
  // The cast is safe, because this schema has validated the arguments.
  return one as unknown as RunChange
}

/** The changes to a run that an agent can make or propose. */
export const RUN_CHANGES: readonly RunChange[] = [
  change({
    name: 'set_controls',
    description:
      'Change controls of a run while it trains, such as the learning rate. The change is recorded in the ledger, and can be undone.',
    args: v.object({ values: VALUES, expect: EXPECT, at_step: AT_STEP }),
    words: ({ values, expect = {}, at_step: at }) => [
      'set',
      ...pairs(values),
      ...pairs(expect).flatMap((pair) => ['--expect', pair]),
      ...(at === undefined ? [] : ['--at', `step=${at}`]),
    ],
  }),
  change({
    name: 'revert_change',
    description: 'Undo one change to a run, by its number in the ledger.',
    args: v.object({ seq: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
    words: ({ seq }) => ['revert', String(seq)],
  }),
  change({
    name: 'save_checkpoint',
    description: 'Save the state of a training run, to go back to it later.',
    args: v.object({ tag: TAG() }),
    words: ({ tag }) => ['checkpoint', 'save', tag],
  }),
  change({
    name: 'load_checkpoint',
    description: 'Go back to a saved checkpoint of a training run, and continue from its step.',
    args: v.object({ tag: TAG() }),
    words: ({ tag }) => ['checkpoint', 'load', tag],
  }),
  word('pause_run', 'pause', 'Pause a run at its next safe point.'),
  word('resume_run', 'resume', 'Continue a run that is paused.'),
  word('stop_run', 'stop', 'Stop a run at its next safe point. It can be resumed later from a checkpoint.'),
]

function word(name: string, verb: string, description: string): RunChange {
  return change({ name, description, args: v.object({}), words: () => [verb] })
}

function TAG() {
  return v.pipe(v.string(), v.regex(/^[A-Za-z0-9][\w.-]*$/, 'letters, digits, `.`, `_` and `-`'))
}

/** Tools that change runs. Each waits up to ten seconds for the trainer's answer, except a change for a later step. */
export const CONTROL_TOOLS: readonly Tool[] = RUN_CHANGES.map(({ name, description, args, words }) =>
  createTool({
    name,
    description,
    right: 'control',
    args: v.object({ run: RUN, ...args.entries, reason: REASON }),
    call({ run, reason: why, ...given }, port) {
      const line = words(given)
      return send(port, String(run), line, String(why), !line.includes('--at'))
    },
  }),
)

function send(port: McpPort, run: string, words: readonly string[], reason: string, waits: boolean): Promise<string> {
  return ask(port, ['--dir', port.locate(run), ...words, '--note', reason, ...(waits ? ['--wait=10'] : [])])
}
