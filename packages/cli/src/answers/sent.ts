import { type CommandAnswer, lines } from './answer.ts'
import { at, decision } from './run-shapes.ts'
import {
  factsOrNull,
  flag,
  means,
  nothing,
  object,
  orNull,
  type Shape,
  text,
  textOrNull,
  whole,
  wholeOrNull,
  word,
} from './shapes.ts'

const asked = {
  cid: text,
  module: text,
  op: text,
  id: text,
  params: factsOrNull,
  at: orNull(at),
}

/** A command in the queue. */
export const queuedCommand: Shape = object({ ...asked })

const shapes = {
  'if the trainer answered': object({
    ...asked,
    decision,
    step: wholeOrNull,
    seq: means(whole, 'its line in the ledger, for `hotcb revert SEQ`'),
    payload: means(factsOrNull, 'the values that were set'),
    old: means(factsOrNull, 'the previous values'),
    error: textOrNull,
    notes: textOrNull,
  }),
  otherwise: object({
    ...asked,
    decision: nothing,
    queued: flag,
    why: word('not_waited', 'kernel_answers_no_cid', 'no_trainer', 'ranks_lost', 'no_answer', 'interrupted'),
  }),
}

/** The answer of a command that changes a run: one line for each module to which a part of it is sent. */
export const SENT: CommandAnswer = lines(1, shapes)
/** The shapes of the lines. */
export const SENT_SHAPES: Readonly<Record<string, Shape>> = shapes
