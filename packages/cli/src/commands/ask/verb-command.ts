import type { Verb } from '@hotcb/commands'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { openRun } from '../../run.ts'
import { askTrainer } from './ask-trainer.ts'
import { once } from './once.ts'
import { factsOf } from './run-facts.ts'

/** Creates a command that sends a request to a trainer. */
export function verbCommand({ args, about, examples, ask }: Verb): CliCommand {
  return cliCommand({
    args,
    about,
    examples,
    run(values, context) {
      const run = once(() => openRun(context.dir))
      const asked = ask(values, factsOf(run))
      return askTrainer(asked, run(), context)
    },
  })
}
