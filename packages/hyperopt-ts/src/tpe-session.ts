import { type ArmContext, chooseArm, countLeaves } from './arms.ts'
import { type Sequence, scrambledHalton } from './halton.ts'
import { activeGroups, createPoint, decodePoint, type Group } from './layout.ts'
import { createPrior, type Prior } from './prior.ts'
import type { Random } from './random.ts'
import type { SamplerContext, SamplerSession } from './sampler.ts'
import type { TpeSettings } from './tpe.ts'
import { GroupModel } from './tpe-model.ts'
import { TrialTable } from './trial-table.ts'

/** What a session keeps of one group of parameters. */
interface Part {
  readonly group: Group
  readonly table: TrialTable
  readonly priors: readonly Prior[]
  readonly model: GroupModel
}

/** TPE at work for one study: one model for each group of parameters that exist together. */
export function openTpe(context: SamplerContext, settings: TpeSettings): SamplerSession {
  const { layout, direction, seed } = context
  const parts = layout.groups.map((group): Part => {
    const axes = group.members.map((member) => member.axis)
    const table = new TrialTable(axes, direction)
    const priors = axes.map((axis) => createPrior(axis, settings.priors[axis.path]))
    return { group, table, priors, model: new GroupModel(table, priors, settings) }
  })
  const partOf = (group: Group): Part => parts[group.index] as Part // There is one for each group of the layout.
  const start = scrambledHalton(seed, layout.axes.length)
  const sign = direction === 'minimize' ? 1 : -1
  const running = new Map<number, readonly Part[]>()

  const chooseArms = (group: Group, random: Random): number[] =>
    group.members.map(({ arms }) => {
      if (arms.length === 0) return Number.NaN
      const tables = arms.map((arm) => partOf(arm).table)
      const armContext: ArmContext = { tables, leaves: arms.map(countLeaves), startup: settings.startup, sign }
      return chooseArm(armContext, random)
    })

  const propose = (group: Group, number: number, random: Random): ArrayLike<number> => {
    const { table, priors, model } = partOf(group)
    if (table.ranked.length < settings.startup) return startingPoint(group, priors, start, number)
    return model.propose(chooseArms(group, random), random)
  }

  return {
    begin: (trial, point) => {
      const active = activeGroups(layout, point).map(partOf)
      running.set(trial.number, active)
      for (const { group, table } of active) {
        table.begin(
          trial.number,
          group.members.map((member) => point[member.index] ?? Number.NaN),
        )
      }
    },
    finish: (trial) => {
      const ignore = trial.state === 'failed' && settings.failed === 'ignore'
      for (const { table } of running.get(trial.number) ?? []) table.finish(trial, ignore)
      running.delete(trial.number)
    },
    suggest: (number, random) => {
      // The layout is walked group by group, so each group is proposed for once, when its first parameter is asked for.
      let proposed: { group: Group; row: ArrayLike<number> } | undefined
      const point = createPoint(layout, (member, group) => {
        if (proposed?.group !== group) proposed = { group, row: propose(group, number, random) }
        return proposed.row[group.members.indexOf(member)] ?? Number.NaN
      })
      return decodePoint(layout, point)
    },
  }
}

function startingPoint(group: Group, priors: readonly Prior[], start: Sequence, number: number): number[] {
  return group.members.map((member, d) => priors[d]?.draw(start(number, member.index)) ?? Number.NaN)
}
