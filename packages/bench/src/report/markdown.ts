import type { Arm } from '../arm.ts'
import type { ArmComparison, Summary } from '../summary.ts'
import type { TaskInfo } from '../task.ts'
import { overviewTable } from './overview.ts'
import { ENOUGH_SEEDS, fixed, intervalText, pText, seedsText, shareText } from './words.ts'

/** Returns a summary's tables: worse results first, then each task, then the harm. */
export function formatMarkdown(summary: Summary, arms: readonly Arm[]): string {
  const { comparisons, budget, tasks } = summary
  return [
    `Final test loss after ${budget} computed steps. The log ratio compares it with the untouched run with the same seed and is shown with its 95 % interval; below 0 is better. p is adjusted for all comparisons.`,
    '',
    '## Where an arm lost',
    '',
    ...losses(summary, arms),
    '',
    '## Overview',
    '',
    ...overviewTable(summary, arms),
    ...tasks.flatMap((task) => ['', `## ${task.title}`, '', ...taskTable(task, comparisons, arms)]),
    ...harmTable(summary, arms),
    ...replayLine(summary),
    '',
  ].join('\n')
}

function titleOf({ arm, mark }: Pick<ArmComparison, 'arm' | 'mark'>, arms: readonly Arm[]): string {
  const title = arms.find(({ name }) => name === arm)?.title ?? ''
  return `\`${arm}\`: ${title}${mark === null ? '' : ` (**${mark}**)`}`
}

/**
 * Returns the tasks on which an arm made the result worse according to the interval, or lost runs that are not lost without it.
 */
function losses({ comparisons, tasks }: Summary, arms: readonly Arm[]): readonly string[] {
  const worse = comparisons.filter(({ arm, ratio }) => arm !== 'a-a' && ratio.low > 0)
  const lost = comparisons.flatMap((one) => {
    const before = comparisons.find(({ task, arm }) => task === one.task && arm === 'nothing')?.lost ?? []
    const own = one.lost.filter((seed) => !before.includes(seed))
    return own.length === 0 || one.arm === 'a-a' ? [] : [{ one, own }]
  })
  if (worse.length + lost.length === 0)
    return ['According to the intervals, no arm is worse than the untouched runs. No arm lost a run.']
  return [
    ...worse.map(
      (one) => `- ${taskTitle(tasks, one.task)}, ${titleOf(one, arms)}: ${intervalText(one.ratio)}${fewText(one)}.`,
    ),
    ...lost.map(
      ({ one, own }) =>
        `- ${taskTitle(tasks, one.task)}, ${titleOf(one, arms)}: lost runs that were not lost untouched (${seedsText(own)}).`,
    ),
  ]
}

/** Returns a remark if there are only a few seeds, for which the interval is not evidence. */
function fewText({ seeds }: ArmComparison): string {
  return seeds < ENOUGH_SEEDS ? `, from ${seeds} seed${seeds === 1 ? '' : 's'} only` : ''
}

function taskTitle(tasks: readonly TaskInfo[], name: string): string {
  return tasks.find((task) => task.name === name)?.title ?? name
}

const HEAD =
  '| arm | seeds | loss | log ratio to untouched | p | within 1.3 x good | lost seeds | actions | steps | cost |'

function taskTable({ name }: TaskInfo, comparisons: readonly ArmComparison[], arms: readonly Arm[]): readonly string[] {
  const rows = comparisons.filter(({ task }) => task === name)
  return [HEAD, HEAD.replace(/[^|]+/g, '---'), ...rows.map((row) => tableRow(row, arms))]
}

function tableRow(one: ArmComparison, arms: readonly Arm[]): string {
  const { seeds, loss, ratio, p, within, lost, actions, steps, usd, tokens } = one
  const cost = tokens === 0 ? '' : `${usd.toFixed(4)} USD, ${tokens.toLocaleString('en')} tokens`
  const share = within === null ? '' : shareText(within)
  const ratioText = one.arm === 'nothing' ? '' : intervalText(ratio)
  const cells = [
    titleOf(one, arms),
    seeds,
    fixed(loss),
    ratioText,
    pText(p),
    share,
    seedsText(lost),
    actions,
    steps,
    cost,
  ]
  return `| ${cells.join(' | ')} |`
}

function harmTable({ harm, tasks, comparisons }: Summary, arms: readonly Arm[]): readonly string[] {
  if (harm.length === 0) return []
  const head = '| good setting | arm | upper 95 % bound | limit | |'
  const rows = harm.map((one) => {
    const mark = comparisons.find(({ arm }) => arm === one.arm)?.mark ?? null
    const cells = [
      taskTitle(tasks, one.task),
      titleOf({ arm: one.arm, mark }, arms),
      fixed(one.bound),
      fixed(one.limit),
      one.isWithin ? 'within' : '**above**',
    ]
    return `| ${cells.join(' | ')} |`
  })
  return [
    '',
    '## Harm',
    '',
    'The effect of each arm when nothing is wrong. The limit is 0.05, or the bound of the A/A runs if that is greater.',
    '',
    head,
    head.replace(/[^|]+/g, '---'),
    ...rows,
  ]
}

function replayLine({ replays }: Summary): readonly string[] {
  if (replays === null) return []
  return [
    '',
    `${replays.equal} of ${replays.count} replays end with weights that are bit-identical to those of the original run.`,
  ]
}
