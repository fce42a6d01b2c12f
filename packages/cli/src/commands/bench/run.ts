import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { benchOf } from './bench-of.ts'
import { BENCH_FLAGS, measure } from './measure.ts'

/** `hotcb bench run`. */
export const benchRunCommand: CliCommand = cliCommand({
  args: BENCH_FLAGS,
  about: [
    'Measures whether rules, the tuner and a language model help training runs that have a problem, and whether they harm runs that do not. Every arm trains on handwritten digits from the same seeds with the same number of computed steps. The report starts with the losses, with 95 % intervals.',
    'All tasks and arms with 20 seeds take hours. Ctrl-C stops the benchmark after the current training run; run the same command again to continue.',
  ],
  examples: [
    { type: 'hotcb bench run --list', does: 'list the tasks and arms' },
    { type: 'hotcb bench run --tasks high,good --arms rules,tune --seeds 3', does: 'a first result within minutes' },
    { type: 'hotcb bench run --jobs 2', does: 'the whole table' },
  ],
  run: async (args, context) => measure((await benchOf(context)).digits, args, context),
})
