import { type ArmContext, chooseArm, countLeaves } from './arms.ts'
import { type Sequence, scrambledHalton } from './halton.ts'
import { activeGroups, createPoint, decodePoint, type Group } from './layout.ts'
import { createPrior, type Prior } from './prior.ts'
import type { Random } from './random.ts'
import type { SamplerContext, SamplerSession } from './sampler-session.ts'
import { freeRow, PointWalk, SeenPoints } from './seen-points.ts'
import type { TpeSettings } from './tpe.ts'
import { GroupModel } from './tpe-model.ts'
import { TrialTable } from './trial-table.ts'

// The fraction of trials in which the arm of a branch without parameters is chosen by the values that its arms may reach.
const ARM_SHARE = 0.3

/** The state of a session for one group of parameters. */
interface Part {
  readonly group: Group
  readonly table: TrialTable
  readonly priors: readonly Prior[]
  readonly model: GroupModel
}

/** The request to one group. */
interface Request {
  readonly number: number
  readonly random: Random
  /** The coordinates that are already given; NaN for the others. */
  readonly given: readonly number[]
  /** Whether a row leads to a point that has not been tried; undefined if points cannot repeat. */
  readonly isFree: ((row: ArrayLike<number>) => boolean) | undefined
}

/** Opens a TPE search for one study, with one model for each group of parameters that exist together. */
export function openTpe(context: SamplerContext, settings: TpeSettings): SamplerSession {
  const { layout, direction, seed } = context
  const parts = layout.groups.map((group): Part => {
    const axes = group.members.map((member) => member.axis)
    const table = new TrialTable(axes, direction)
    const priors = axes.map((axis) => createPrior(axis, settings.priors[axis.path]))
    return { group, table, priors, model: new GroupModel(group, table, priors, settings) }
  })
  const partOf = (group: Group): Part => parts[group.index] as Part // There is one for each group of the layout.
  const start = scrambledHalton(seed, layout.axes.length)
  const sign = direction === 'minimize' ? 1 : -1
  const running = new Map<number, readonly Part[]>()
  const seen = new SeenPoints(layout)

  const sides: Sides = { tableOf: (group) => partOf(group).table, startup: settings.startup, sign }

  const propose = (group: Group, request: Request): ArrayLike<number> => {
    const part = partOf(group)
    if (part.table.ranked.length < settings.startup) return startingRow(part, start, request)
    const { random, given, isFree } = request
    const arms = chooseArms(group, request, sides)
    // Arms without parameters share the outside parameters' model for longer.
    const empty = group.members.every((member) => member.arms.every((arm) => arm.members.length === 0))
    const least = (empty ? 2 : 1) * settings.startup
    const row = part.model.propose({ arms, given, random, least, isFree })
    const left = group.members.some((member, d) => member.arms.length > 0 && Number.isNaN(arms[d]))
    if (!left) return row
    // The density has chosen an arm. The parameters outside the branch are then sampled based on that arm's trials.
    const chosen = group.members.map((member, d) => (member.arms.length > 0 ? (row[d] ?? Number.NaN) : Number.NaN))
    return part.model.propose({ arms: chosen, given, random, least, isFree })
  }

  return {
    begin: (trial, point) => {
      const active = activeGroups(layout, point).map(partOf)
      running.set(trial.number, active)
      seen.add(point)
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
    suggest: (number, random, fixed) => {
      const walk = new PointWalk(seen)
      // The layout is visited group by group, so each group is proposed once, when its first parameter is needed.
      let proposed: { group: Group; row: ArrayLike<number> } | undefined
      const point = createPoint(layout, (member, group) => {
        if (proposed?.group !== group) {
          const given = group.members.map(({ index }) => fixed?.[index] ?? Number.NaN)
          const row = propose(group, {
            number,
            random,
            given,
            isFree: settings.avoidRepeats ? walk.chooser(group) : undefined,
          })
          walk.step(group, row)
          proposed = { group, row }
        }
        return proposed.row[group.members.indexOf(member)] ?? Number.NaN
      })
      return decodePoint(layout, point)
    },
  }
}

/** The data for comparing the arms of a choice. */
interface Sides {
  readonly tableOf: (group: Group) => TrialTable
  readonly startup: number
  readonly sign: 1 | -1
}

/** For each member of a group the chosen arm; NaN if there is none or the density chooses. */
function chooseArms(group: Group, { random, given }: Request, { tableOf, startup, sign }: Sides): number[] {
  return group.members.map(({ arms }, d) => {
    if (arms.length === 0) return Number.NaN
    if (!Number.isNaN(given[d])) return given[d] ?? Number.NaN
    const empty = arms.every((arm) => arm.members.length === 0)
    // Such arms are like the values of a choice: usually the density chooses among them.
    if (empty && random() > ARM_SHARE) return Number.NaN
    const armContext: ArmContext = { tables: arms.map(tableOf), leaves: arms.map(countLeaves), startup, sign, empty }
    return chooseArm(armContext, random)
  })
}

/** Returns the row of the starting sequence, or a random row if that one has been tried. */
function startingRow({ group, priors }: Part, start: Sequence, request: Request): ArrayLike<number> {
  const { number, random, given, isFree } = request
  const draw = (d: number, u: number): number => priors[d]?.draw(u) ?? Number.NaN
  const row = Float64Array.from(group.members, ({ index }, d) =>
    Number.isNaN(given[d]) ? draw(d, start(number, index)) : (given[d] ?? Number.NaN),
  )
  if (isFree === undefined || isFree(row)) return row
  const score = (): number => random()
  return freeRow(row, { group, given, isFree, draw: (d) => draw(d, random()), score }) ?? row
}
