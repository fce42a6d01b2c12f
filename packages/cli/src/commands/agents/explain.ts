import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { renderExplanation } from '../../print/explanation-text.ts'
import { openRun } from '../../run.ts'
import { explainRun } from './explain-run.ts'

/** `hotcb explain`. */
export const explainCommand: CliCommand = cliCommand({
  args: {},
  about: [
    'Prints one page for a person or an agent: whether the run is training, the curve of each metric, the last twenty changes and how the key metric moved around each one, refused changes, and problems. For metrics that diverge or are not finite, it shows the last good step of each and the latest checkpoint before the problem.',
    'A trend is the slope of a line through the last 50 and 500 values; z is its distance from a flat line, in standard deviations (Mann-Kendall). The effect of a change is the level after it compared with the trend before it, with a 95 % interval. It shows how surprising the level is, not what caused it.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 explain', does: 'what happened so far' },
    { type: 'hotcb explain --json', does: 'the same as one JSON object' },
  ],
  run(_args, context) {
    const { terminal, json, dir } = context
    const run = openRun(dir)
    const explanation = explainRun(run)
    if (json) terminal.json(explanation)
    else for (const line of renderExplanation(explanation, terminal)) terminal.out(line)
    return EXIT.done
  },
})
