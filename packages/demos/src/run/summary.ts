import { printable, type RunDocument } from '@hotcb/protocol'
import { describeRanks, type TeamEnd } from '../ranks/team-end.ts'
import { commandLine, continueLine, serveLine } from './advice.ts'
import type { SavedCheckpoint } from './changes.ts'
import { percent } from './progress.ts'

/** How a training run ended, or the fact that it had already ended. */
export interface Ended {
  readonly document: RunDocument
  /** The next step to train. */
  readonly step: number
  /** The latest checkpoint that was saved since the start. */
  readonly saved: SavedCheckpoint | null
  /** What happened to the ranks, if there were several. */
  readonly ranks: TeamEnd | null
}

interface Printed {
  readonly runDir: string
  readonly command: string
  readonly isServable: boolean
}

/** Returns the text printed at the end of a training run. `first` is the step at which it began. */
export function summary({ document, step, saved, ranks }: Ended, first: number, printed: Printed): string {
  const { runDir, command } = printed
  const isEarly = document.stopped_early === true
  const isLost = isEarly && step > first && saved?.step !== step
  return [
    figures(`${isEarly ? `Stopped at step ${step}` : 'Done'}`, document),
    ...(ranks === null ? [] : [describeRanks(ranks).trimEnd()]),
    ...(isEarly && saved?.step === step ? [`Checkpoint: ${saved.tag}`] : []),
    ...(isLost ? ['No checkpoint was saved where it stopped: continuing repeats steps.'] : []),
    ...(isEarly ? [`To continue:  ${continueLine(runDir, command)}`] : []),
    ...lookBack(printed),
  ].join('\n')
}

/** Returns the text for a run that had already reached its end. */
export function finishedBefore(document: RunDocument, maxSteps: number, printed: Printed): string {
  const step = document.max_steps ?? maxSteps
  if (maxSteps < step) return alreadyPast(step, maxSteps, printed)
  const longer = `${continueLine(printed.runDir, printed.command)} --max-steps N`
  return [
    figures(`Finished before, at step ${step}`, document),
    `To train longer:  ${longer}`,
    ...lookBack(printed),
  ].join('\n')
}

/** Returns the text for a run whose current step has already reached `--max-steps`. */
export function alreadyPast(step: number, maxSteps: number, { runDir, command }: Printed): string {
  const more = `${continueLine(runDir, command)} --max-steps N`
  return `\`${runDir}\` is at step ${step}, and --max-steps is ${maxSteps}: nothing to train.\nTo train longer:  ${more}\n`
}

function figures(how: string, { final_metrics: metrics, weights_sha256: sha }: RunDocument): string {
  const accuracy = metrics?.['val_accuracy'] ?? Number.NaN
  const loss = metrics?.['val_loss'] ?? Number.NaN
  return `${how}: ${percent(accuracy)} of 360 test digits correct, loss ${loss.toFixed(4)}.
Weights: sha256 ${printable(sha ?? 'not recorded')}`
}

function lookBack({ runDir, command, isServable }: Printed): string[] {
  return [
    `What was changed, and when: ${commandLine(runDir, command, 'log')}`,
    ...(isServable ? [`To see it again in a browser:  ${serveLine(runDir, command)}`] : []),
    '',
  ]
}
