import { isObject, printable } from '@hotcb/protocol'
import { formatG } from '@hotcb/sweep'
import { selectTrials, type Workspace } from '@hotcb/sweep/node'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { inWorkspace, readSweepWords, TRIAL_WORDS } from './place.ts'

/** `herd why`. */
export const sweepWhyCommand: CliCommand = cliCommand({
  args: { words: TRIAL_WORDS },
  about: [
    "Shows the early stopping decisions in order: the step, the value at that step, the rank among the trials that had reached it, and how many were kept. It also shows which trials became parents of a later stage, and their rank; and, in a population, which trials continued from which other trials' checkpoints, and with which values.",
  ],
  examples: [
    { type: 'hotcb sweep why', does: 'all decisions' },
    { type: 'hotcb sweep why 3', does: 'decisions about trial 3' },
  ],
  run(args, context) {
    const words = readSweepWords(args._, { takesIndex: true }, context)
    const { index } = words
    return inWorkspace(words, context, (workspace) => {
      selectTrials(workspace, index === undefined ? { all: true } : { index })
      const all = [...workspace.journal.fold.decisions.values()]
      const decisions = all.filter(({ trial }) => index === undefined || trial === index)
      const { terminal, json } = context
      if (json) terminal.json({ decisions: decisions.map(decisionJson) })
      else if (decisions.length === 0) terminal.out('no decisions have been made yet')
      else for (const one of decisions) terminal.out(decisionText(one))
      return EXIT.done
    })
  },
})

type Decision = ReturnType<Workspace['journal']['fold']['decisions']['get']> & object

function decisionJson({ key, planner, trial, verdict, evidence, ts }: Decision): object {
  return { key, planner, trial, verdict, evidence, ts }
}

function decisionText({ trial, verdict, planner, evidence }: Decision): string {
  if (planner === 'stages') return stageText(trial, evidence)
  if (planner === 'pbt') return populationText(trial, verdict, evidence)
  const { step, value, cohort, keep, ahead } = evidence
  const shown = typeof value === 'number' ? formatG(value, 4) : 'no value'
  const rank = `rank ${Number(ahead) + 1} of ${Number(cohort)}, ${Number(keep)} kept`
  return `${String(trial).padStart(4)}  ${verdict}  ${planner} at step ${Number(step)}: ${shown}, ${rank}`
}

function stageText(trial: number, { stage, value, rank, of }: Decision['evidence']): string {
  const how = typeof value === 'number' ? `: ${formatG(value, 4)}, rank ${Number(rank)} of ${Number(of)}` : ''
  return `${String(trial).padStart(4)}  parent for stage ${printable(String(stage))}${how}`
}

function populationText(
  trial: number,
  verdict: string,
  { step, value, rank, of, from, donor_step: at, params }: Decision['evidence'],
): string {
  const shown = typeof value === 'number' ? formatG(value, 4) : 'no value'
  const standing = `pbt at step ${Number(step)}: ${shown}, rank ${Number(rank)} of ${Number(of)}`
  const what = `${String(trial).padStart(4)}  ${verdict}  ${standing}`
  if (verdict !== 'exploit') return what
  const values = Object.entries(isObject(params) ? params : {}).map(([name, one]) => `${name}=${shortValue(one)}`)
  return `${what}; continues from trial ${Number(from)} at step ${Number(at)} with ${printable(values.join(' '))}`
}

function shortValue(value: unknown): string {
  return typeof value === 'number' ? formatG(value, 4) : String(value)
}
