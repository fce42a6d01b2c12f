import type { Json, RecipeEntry, RunDocument } from '@hotcb/protocol'
import { canonical, diffRecipes, type RecipeDifference } from './diff-recipes.ts'
import { type RunRecord, type Verification, type VerifyOptions, verifyRuns } from './verify.ts'

/** The data of a run to compare. */
export interface ComparedRun extends RunRecord {
  /** `hotcb.run.json`; null if there is none. */
  readonly run: RunDocument | null
  /** Final metrics, used if `run` has none, because the run was cut short or was trained by another kernel. */
  readonly finals?: Readonly<Record<string, number | null>>
  /** The changes during the run: `exportRecipe` of its ledger. */
  readonly changes: readonly RecipeEntry[]
}

/** How two runs differ. */
export interface RunsDifference {
  /** Fields of the run document that differ, except the time and place of the run. */
  readonly parameters: readonly { readonly name: string; readonly a: Json; readonly b: Json }[]
  readonly changes: readonly RecipeDifference[]
  /** Every final metric of either run, by name. */
  readonly finals: readonly FinalMetric[]
  /** Where the metrics first diverge, and whether the weights are the same. */
  readonly verification: Verification
}

export interface FinalMetric {
  readonly name: string
  readonly a: number | null
  readonly b: number | null
  /** The value of b minus that of a; null if one is missing. */
  readonly change: number | null
}

/** Compares two runs: their settings, the changes during the run, the results, and where they diverge. */
export function diffRuns(a: ComparedRun, b: ComparedRun, options: VerifyOptions = {}): RunsDifference {
  return {
    parameters: parametersOf(a.run, b.run),
    changes: diffRecipes(a.changes, b.changes),
    finals: finalsOf(a, b),
    verification: verifyRuns(withWeights(a), withWeights(b), options),
  }
}

const PARAMETERS = ['config', 'max_steps', 'max_time', 'step_delay', 'seed', 'key_metric', 'parent'] as const

function parametersOf(a: RunDocument | null, b: RunDocument | null): RunsDifference['parameters'] {
  return PARAMETERS.flatMap((name) => {
    const left = jsonOf(a?.[name])
    const right = jsonOf(b?.[name])
    return canonical(left) === canonical(right) ? [] : [{ name, a: left, b: right }]
  })
}

// The cast is safe, because a run's parent is a plain object.
function jsonOf(value: RunDocument[(typeof PARAMETERS)[number]]): Json {
  return typeof value === 'object' && value !== null ? { ...value } : (value ?? null)
}

function finalsOf(a: ComparedRun, b: ComparedRun): readonly FinalMetric[] {
  const left = a.run?.final_metrics ?? a.finals ?? {}
  const right = b.run?.final_metrics ?? b.finals ?? {}
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort()
  return names.map((name) => {
    const [one = null, other = null] = [left[name], right[name]]
    return { name, a: one, b: other, change: one === null || other === null ? null : other - one }
  })
}

function withWeights(facts: ComparedRun): RunRecord {
  return { metrics: facts.metrics, weightsSha256: facts.weightsSha256 ?? facts.run?.weights_sha256 ?? null }
}
