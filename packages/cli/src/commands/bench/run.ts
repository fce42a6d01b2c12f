import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { benchOf } from './bench-of.ts'
import { BENCH_FLAGS, measure } from './measure.ts'

/** `hotcb bench run`. */
export const benchRunCommand: CliCommand = cliCommand({
  args: BENCH_FLAGS,
  about: [
    'Measures whether rules, the tuner and a language model help training runs in which something is wrong, and whether they harm those in which nothing is. Every arm trains the handwritten digits from the same seeds with the same number of computed steps. The report has the losses first, with 95 % intervals.',
    'All tasks, arms and 20 seeds take hours. Ctrl-C ends it after the current training run; the same command continues.',
  ],
  examples: [
    { type: 'hotcb bench run --list', does: 'name the tasks and arms' },
    { type: 'hotcb bench run --tasks high,good --arms rules,tune --seeds 3', does: 'a first look, in some minutes' },
    { type: 'hotcb bench run --jobs 2', does: 'the whole table' },
  ],
  run: async (args, context) => measure((await benchOf(context)).digits, args, context),
})
