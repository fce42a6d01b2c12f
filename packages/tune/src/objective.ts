import { guessKeyMetric } from '@hotcb/metrics/judge'
import type { TuneRecipe } from '@hotcb/protocol'

/**
 * Chooses the reported metric by which changes are judged: the recipe's primary metric, or else the first reported backup metric. If no
 * recipe names one, it is the run's key metric, or else the most likely one. A name matches exactly, or with `/`, `.` and `-` read as `_`.
 *
 * @param keyMetric The run's key metric, used if there is no recipe. Null: unknown.
 */
export function chooseObjective(
  recipe: TuneRecipe,
  names: readonly string[],
  { isDerived, keyMetric }: { readonly isDerived: boolean; readonly keyMetric: string | null },
): string | undefined {
  const { primary, backup_metrics } = recipe.objective
  const wanted = isDerived ? [...(keyMetric === null ? [] : [keyMetric])] : [primary, ...backup_metrics]
  for (const name of wanted) {
    const found = findMetric(name, names)
    if (found !== undefined) return found
  }
  return isDerived ? guessKeyMetric(names) : undefined
}

/** Chooses the training loss, which reveals divergence at every step. */
export function chooseTrainMetric(names: readonly string[], objective: string | undefined): string | undefined {
  return (
    ['train_loss', 'train/loss', 'loss'].find((name) => names.includes(name)) ??
    names.find((name) => /train.*loss/i.test(name)) ??
    objective
  )
}

function findMetric(wanted: string, names: readonly string[]): string | undefined {
  if (names.includes(wanted)) return wanted
  const alike = names.filter((name) => plain(name) === plain(wanted))
  return alike.length === 1 ? alike[0] : undefined
}

function plain(name: string): string {
  return name.replace(/[/.-]/g, '_')
}
