import * as v from 'valibot'
import type { McpPort } from '../port.ts'
import { AT_STEP, EXPECT, pairs, REASON, RUN, VALUES } from './arguments.ts'
import { ask, createTool, type Tool } from './tool.ts'

const DRIVING = {
  pause_run: ['pause', 'Pause a run at its next safe point.'],
  resume_run: ['resume', 'Continue a run that is paused.'],
  stop_run: ['stop', 'End a run at its next safe point. It can be resumed later from a checkpoint.'],
} as const

/** Tools that change runs. Each waits up to ten seconds for the answer of the trainer, except a change for a later step. */
export const CONTROL_TOOLS: readonly Tool[] = [
  createTool({
    name: 'set_controls',
    description:
      'Change controls of a run while it trains, such as the learning rate. The change is in the ledger, and can be undone.',
    right: 'control',
    args: v.object({ run: RUN, values: VALUES, expect: EXPECT, at_step: AT_STEP, reason: REASON }),
    call({ run, values, expect = {}, at_step: at, reason }, port) {
      const words = ['set', ...pairs(values), ...pairs(expect).flatMap((pair) => ['--expect', pair])]
      if (at !== undefined) words.push('--at', `step=${at}`)
      return send(port, run, words, reason, at === undefined)
    },
  }),
  createTool({
    name: 'revert_change',
    description: 'Undo one change of a run, by its number in the ledger.',
    right: 'control',
    args: v.object({ run: RUN, seq: v.pipe(v.number(), v.integer(), v.minValue(0)), reason: REASON }),
    call: ({ run, seq, reason }, port) => send(port, run, ['revert', String(seq)], reason),
  }),
  createTool({
    name: 'save_checkpoint',
    description: 'Save the state of a training run, to go back to it later.',
    right: 'control',
    args: v.object({ run: RUN, tag: TAG(), reason: REASON }),
    call: ({ run, tag, reason }, port) => send(port, run, ['checkpoint', 'save', tag], reason),
  }),
  createTool({
    name: 'load_checkpoint',
    description: 'Go back to a saved checkpoint of a training run, and continue from its step.',
    right: 'control',
    args: v.object({ run: RUN, tag: TAG(), reason: REASON }),
    call: ({ run, tag, reason }, port) => send(port, run, ['checkpoint', 'load', tag], reason),
  }),
  ...Object.entries(DRIVING).map(([name, [verb, description]]) =>
    createTool({
      name,
      description,
      right: 'control',
      args: v.object({ run: RUN, reason: REASON }),
      call: ({ run, reason }, port) => send(port, run, [verb], reason),
    }),
  ),
]

function TAG() {
  return v.pipe(v.string(), v.regex(/^[A-Za-z0-9][\w.-]*$/, 'letters, digits, `.`, `_` and `-`'))
}

function send(port: McpPort, run: string, words: readonly string[], reason: string, waits = true): Promise<string> {
  return ask(port, ['--dir', port.locate(run), ...words, '--note', reason, ...(waits ? ['--wait=10'] : [])])
}
