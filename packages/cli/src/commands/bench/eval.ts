import { resolve } from 'node:path'
import { refusal, usageError } from '@hotcb/commands'
import { pythonOf } from '@hotcb/launch'
import { messageOf } from '@hotcb/protocol'
import type { BenchSuite, CliContext } from '../../context.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { checkPython } from '../look/doctor/python.ts'
import { benchOf } from './bench-of.ts'
import { BENCH_FLAGS, measure } from './measure.ts'

const DATA = 'cifar10'

/** `hotcb bench eval`. */
export const benchEvalCommand: CliCommand = cliCommand({
  args: {
    ...BENCH_FLAGS,
    data: {
      type: 'string',
      valueHint: `${DATA}=DIR`,
      description: 'The data set and its directory, which must contain the binary version of CIFAR-10.',
    },
    out: {
      ...BENCH_FLAGS.out,
      default: 'hotcb-bench-eval',
      description:
        'Where the rows and the report are written. Training runs that are already there are not repeated. Default: hotcb-bench-eval.',
    },
  },
  about: [
    'Runs the benchmark on your own data: a small convolutional network in PyTorch, with the Python interpreter in `HOTCB_PYTHON` or `python3`. The rules and the language model act from a separate process, as they do in your own training runs. The tuner is not one of the arms, because it only runs in JavaScript trainers.',
    'A training run of 2,000 steps takes about half a minute on one core.',
  ],
  examples: [
    { type: 'hotcb bench eval --data cifar10=cifar-10-batches-bin --list', does: 'list the tasks and arms' },
    { type: 'hotcb bench eval --data cifar10=cifar-10-batches-bin --seeds 3', does: 'a quick first result' },
  ],
  run: async (args, context) => measure(await suiteOf(args.data, args.list === true, context), args, context),
})

async function suiteOf(text: string | undefined, isList: boolean, context: CliContext): Promise<BenchSuite> {
  const [, directory = ''] = /^cifar10=(.+)$/.exec(text ?? '') ?? []
  if (directory === '') {
    const given = text === undefined ? 'is missing' : `\`${text}\` is not known`
    throw usageError(
      `\`--data\` ${given}: give the data set and its directory, such as \`--data ${DATA}=cifar-10-batches-bin\``,
    )
  }
  const bench = await benchOf(context)
  const python = pythonOf(context.env)
  const lacking = isList ? undefined : checkPython(python).find(({ state }) => state === 'problem')
  if (lacking !== undefined) throw refusal(`${lacking.name}: ${lacking.says}`, lacking.remedy)
  try {
    return bench.cifar10({ data: resolve(directory), python, env: context.env })
  } catch (error) {
    throw refusal(messageOf(error))
  }
}
