import { type Json, type JsonObject, nearest, type Op, type Outcome, show } from '@hotcb/protocol'
import type { Plan } from './plan.ts'
import { nameProblem, settingOf, withSettings } from './settings.ts'
import { TUNE_MODES, type TunerHistory, waitingProblem } from './story.ts'

/** The facts that a tuner op needs. */
export interface OpContext {
  readonly plan: Plan
  readonly story: TunerHistory
  status(): Json
}

/** Judges a tuner op. Its effect is folded from its ledger line, so nothing is changed here. */
export function applyTuneOp(op: Op, { plan, story, status }: OpContext): Outcome {
  switch (op.op) {
    case 'enable':
      return enable(op, plan)
    case 'disable':
      return { ok: true, payload: null, old: { mode: plan.mode } }
    case 'set':
      return setOptions(op.params ?? {}, plan)
    case 'status':
      return { ok: true, payload: { status: status() } }
    case 'reject':
      return rejectSuggestion(op.params?.['m'], story)
    case 'propose':
    case 'judge':
    case 'rescue':
      return { ok: true, payload: op.params ?? null }
    default:
      return {
        ok: false,
        error: `unknown_op: \`${op.op}\`: the tuner has the ops enable, disable, set, status, reject`,
      }
  }
}

function enable({ params, mode }: Op, plan: Plan): Outcome {
  if (mode != null) return { ok: false, error: `the mode belongs in \`params\`, as {"mode": ${JSON.stringify(mode)}}` }
  const asked = params?.['mode'] ?? 'active'
  const known = TUNE_MODES.find((one) => one === asked)
  if (known === undefined) return { ok: false, error: modeProblem(asked) }
  const [problem] = plan.problems
  if (problem !== undefined && known !== 'off') return { ok: false, error: `its recipe cannot be used: ${problem}` }
  return { ok: true, payload: { mode: known }, old: { mode: plan.mode } }
}

function rejectSuggestion(m: Json | undefined, story: TunerHistory): Outcome {
  const found = story.mutations.findLast(({ id }) => id === m)
  if (found === undefined) return { ok: false, error: `the tuner has no change ${show(m)}` }
  const problem = waitingProblem(found)
  return problem === null ? { ok: true, payload: { m: found.id } } : { ok: false, error: problem }
}

function modeProblem(asked: Json): string {
  if (asked === 'replay')
    return 'there is no mode `replay`; replay a recipe from the run to repeat its changes without a tuner'
  const [near] = typeof asked === 'string' ? nearest(asked, TUNE_MODES, 1) : []
  const hint = near === undefined ? '' : `: did you mean \`${near}\`?`
  return `\`mode\` must be ${TUNE_MODES.join(', ')}, got ${show(asked)}${hint}`
}

function setOptions(params: JsonObject, plan: Plan): Outcome {
  const names = Object.keys(params)
  if (names.length === 0) return { ok: false, error: '`set` needs a setting, such as acceptance.epsilon=0.01' }
  for (const name of names) {
    const problem = nameProblem(plan.recipe, name)
    if (problem !== null) return { ok: false, error: problem }
  }
  const read = withSettings(plan.document, { ...plan.settings, ...params })
  if (!read.ok) return { ok: false, error: read.reason }
  if (params['acceptance.twin'] === true && !plan.hasTwin) {
    return { ok: false, error: '`acceptance.twin` needs a trainer that offers `evaluateFrom`, which this one does not' }
  }
  const old = Object.fromEntries(names.map((name) => [name, settingOf(plan.recipe, name) ?? null]))
  return { ok: true, payload: params, old, touched: names }
}
