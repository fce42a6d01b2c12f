import type { Row } from './main.ts'
import { mcNemar, median, seeded, upperBound } from './statistics.ts'
import { CHANCE } from './training.ts'

/** What a run that learnt nothing ends at, give or take. */
const LOST = 0.9 * CHANCE
const GUARDS = /(spike_emergency_lr|divergence_emergency_lr|plateau_lr_reduce|grad_spike_lr_reduce)/

/** The results as Markdown tables. */
export function report(rows: readonly Row[], { budget }: { readonly budget: number }): string {
  const cellOf = (cell: string): readonly Row[] =>
    rows.filter((row) => row.cell === cell).sort((a, b) => a.seed - b.seed)
  const good = cellOf('plain 0.05')
  const bound = median(good.map(({ loss }) => loss))
  return [
    `Test loss after ${budget} computed steps; the good rate (0.05) ends at ${bound.toFixed(4)} (median of ${good.length} seeds).`,
    '',
    '| start | seeds | median | worst | within 1.3 x good | good runs within 1.3 x | p (not below) | lost seeds | asked or paused |',
    '|---|---|---|---|---|---|---|---|---|',
    ...['x12', 'x30', 'x60', 'x300'].map((cell) => rescueRow(cell, cellOf(cell), good, 1.3 * bound)),
    ...['untouched x12', 'untouched x30', 'untouched x60', 'untouched x300']
      .filter((cell) => cellOf(cell).length > 0)
      .map((cell) => plainRow(cell, cellOf(cell), 1.3 * bound)),
    '',
    '| twelve useless batches | seeds | median | worst | median of loss / clean run | within 1.2 x of its clean run | lost seeds |',
    '|---|---|---|---|---|---|---|',
    ...['data, rules', 'data, plain'].map((cell) => dataRow(cell, cellOf(cell), good)),
    '',
    '| good setting | seeds | plain | with rules | median log ratio | upper 95 % bound | runs in which a guard acted |',
    '|---|---|---|---|---|---|---|',
    ...[0.02, 0.03, 0.05, 0.1].map((lr) => settingRow(lr, cellOf(`plain ${lr}`), cellOf(`rules ${lr}`))),
  ].join('\n')
}

function rescueRow(cell: string, rows: readonly Row[], good: readonly Row[], bound: number): string {
  const within = rows.map(({ loss }) => loss <= bound)
  const pairs = rows.map(({ seed }) => good.find((row) => row.seed === seed)?.loss ?? Number.NaN)
  const isGood = pairs.map((loss) => loss <= bound)
  const p = mcNemar(within, isGood)
  return line([
    cell, rows.length, fixed(median(losses(rows))), fixed(Math.max(...losses(rows))),
    `${count(within)} of ${rows.length}`, `${count(isGood)} of ${rows.length}`, p.toFixed(3), lost(rows), asked(rows),
  ]) // biome-ignore format: a row
}

function plainRow(cell: string, rows: readonly Row[], bound: number): string {
  const within = count(rows.map(({ loss }) => loss <= bound))
  const cells = [cell, rows.length, fixed(median(losses(rows))), fixed(Math.max(...losses(rows)))]
  return line([...cells, `${within} of ${rows.length}`, '', '', lost(rows), ''])
}

function dataRow(cell: string, rows: readonly Row[], good: readonly Row[]): string {
  const ratios = rows.flatMap(({ seed, loss }) => {
    const clean = good.find((row) => row.seed === seed)?.loss
    return clean === undefined ? [] : [loss / clean]
  })
  const within = `${count(ratios.map((ratio) => ratio <= 1.2))} of ${ratios.length}`
  const cells = [cell, rows.length, fixed(median(losses(rows))), fixed(Math.max(...losses(rows)))]
  return line([...cells, fixed(median(ratios)), within, lost(rows)])
}

function settingRow(lr: number, plain: readonly Row[], rules: readonly Row[]): string {
  const pairs = rules.flatMap((row) => {
    const other = plain.find(({ seed }) => seed === row.seed)
    return other === undefined ? [] : [Math.log(row.loss / other.loss)]
  })
  const guarded = rules.filter(({ actions }) => actions.some(isGuardAction)).map(({ seed }) => seed)
  return line([
    lr, pairs.length, fixed(median(losses(plain))), fixed(median(losses(rules))), fixed(median(pairs)),
    fixed(upperBound(pairs, seeded(1))), guarded.length === 0 ? '0' : `${guarded.length}: ${guarded.join(', ')}`,
  ]) // biome-ignore format: a row
}

// A proposal of a guard that was not asked for is an action.
function isGuardAction(action: string): boolean {
  const [, kind = '', rule = ''] = /^\S+ (\w+) (\w+):/.exec(action) ?? []
  return kind === 'proposed' && GUARDS.test(rule) && rule !== 'val_plateau_lr_reduce'
}

function losses(rows: readonly Row[]): readonly number[] {
  return rows.map(({ loss }) => loss)
}

function lost(rows: readonly Row[]): string {
  const seeds = rows.filter(({ loss }) => loss > LOST).map(({ seed }) => seed)
  return seeds.length === 0 ? 'none' : `${seeds.length}: ${seeds.join(', ')}`
}

function asked(rows: readonly Row[]): string {
  const seeds = rows.filter(
    ({ isPaused, actions }) => isPaused || actions.some((one) => one.includes('asked for because')),
  )
  return seeds.length === 0 ? 'none' : `${seeds.length}: ${seeds.map(({ seed }) => seed).join(', ')}`
}

function count(flags: readonly boolean[]): number {
  return flags.filter(Boolean).length
}

function fixed(value: number): string {
  return value.toFixed(4)
}

function line(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`
}
