import { createFinetuneTrainer, oldShareControl } from '@hotcb/demos'
import { digits, GOOD_RATE } from './digits-task.ts'
import { type ChangeBatch, corrupt, type RecordedCommand, type Task } from './task.ts'

/** The two ranges of batches that make the loss jump. */
const SPIKES = [
  [700, 711],
  [1300, 1311],
] as const

/**
 * Published cases in which people steered a training run, reproduced on the digits, with their actions as recorded commands.
 *
 * - `case-rate`: a person lowers the rate by hand (Interactive Training, arXiv 2510.02297, first case study).
 * - `case-data`: a person adds new data to the mixture of a training run (the same paper, third case study).
 * - `case-rollback`: the loss jumps; people go back about a hundred steps and skip 200 batches (PaLM, arXiv 2204.02311, section 5.1).
 *
 * The second case study of Interactive Training, a language model that corrects a bad initial rate, is the `high-adam` task.
 */
export const CASES: readonly Task[] = [
  digits({
    name: 'case-rate',
    title: 'case study: SGD, rate 3 times too high; a person lowers it',
    lr: 3 * GOOD_RATE.sgd,
    recorded: [rate(300, 0.1), rate(900, 0.05), rate(1500, 0.01)],
  }),
  {
    name: 'case-data',
    title: 'case study: digits 0 to 4; a person adds 5 to 9',
    good: 'good',
    isGood: false,
    hasDataSkip: false,
    create: async (seed, factor) => {
      const trainer = await createFinetuneTrainer(0, { seed, lr: GOOD_RATE.sgd * factor })
      trainer.data.oldShare = 1
      return { trainer, controls: [oldShareControl(trainer)] }
    },
    recorded: [{ after: 700, command: { module: 'data', op: 'set_params', params: { 'data.old_share': 0.5 } } }],
  },
  digits({
    name: 'case-rollback',
    title: 'case study: useless batches twice; go back and skip 200',
    onBatch: () => spikes,
    // Steps that were undone count as computed: the second spike comes 120 computed steps later, and 200 batches earlier.
    recorded: [
      save(600, 'first'),
      ...rollback(720, 'first', 690),
      save(1119, 'second'),
      ...rollback(1239, 'second', 1089),
    ],
  }),
]

const spikes: ChangeBatch = (batch, place) =>
  SPIKES.reduce((changed, [from, to]) => corrupt(from, to)(changed, place), batch)

function rate(after: number, lr: number): RecordedCommand {
  return { after, command: { module: 'opt', op: 'set_params', params: { lr } } }
}

function save(after: number, tag: string): RecordedCommand {
  return { after, command: { module: 'core', op: 'checkpoint', params: { action: 'save', tag } } }
}

function rollback(after: number, tag: string, from: number): readonly RecordedCommand[] {
  return [
    { after, command: { module: 'core', op: 'checkpoint', params: { action: 'load', tag } } },
    { after: after + 1, command: { module: 'ctl', op: 'call', id: 'data.skip', params: { args: [from, from + 199] } } },
  ]
}
