import { ADAM_RATE, ADAM_TOO_HIGH, GOOD_RATE, GOOD_RATES, plain, TOO_HIGH } from './cells.ts'
import type { Row } from './rows.ts'
import { mcNemar, median, seeded, upperBound } from './statistics.ts'
import { CHANCE } from './training.ts'

/** A run that has learned nothing ends near the loss of a network that guesses. */
const LOST = 0.9 * CHANCE
const GUARDS: readonly string[] = [
  'spike_emergency_lr',
  'divergence_emergency_lr',
  'plateau_lr_reduce',
  'grad_spike_lr_reduce',
]

type Cells = (cell: string) => readonly Row[]

/** The results as Markdown tables. */
export function report(rows: readonly Row[], { budget }: { readonly budget: number }): string {
  const cellOf: Cells = (cell) => rows.filter((row) => row.cell === cell).sort((a, b) => a.seed - b.seed)
  const good = cellOf(plain(GOOD_RATE))
  const adam = cellOf('adam plain')
  const head =
    '| start | seeds | untouched: median | untouched: lost seeds | median | worst | within 1.3 x good | good runs within 1.3 x | p (not below) | log ratio to good: median | upper 95 % bound | lost seeds | asked or paused |'
  return [
    `Test loss after ${budget} computed steps. The good rate (${GOOD_RATE}) ends at ${fixed(median(losses(good)))}, the median of ${good.length} seeds.`,
    '',
    head,
    ruleOf(head),
    ...TOO_HIGH.map((times) => rescueRow(`x${times}`, cellOf(`x${times}`), cellOf(`untouched x${times}`), good)),
    '',
    ...(adam.length === 0 ? [] : adamTable(cellOf, adam, head)),
    dataTable(cellOf, good),
    '',
    settingsTable(cellOf),
  ].join('\n')
}

function adamTable(cellOf: Cells, adam: readonly Row[], head: string): readonly string[] {
  return [
    `With Adam the good rate (${ADAM_RATE}) ends at ${fixed(median(losses(adam)))}, the median of ${adam.length} seeds.`,
    '',
    head,
    ruleOf(head),
    ...ADAM_TOO_HIGH.map((times) =>
      rescueRow(`Adam x${times}`, cellOf(`adam x${times}`), cellOf(`adam untouched x${times}`), adam),
    ),
    '',
  ]
}

function rescueRow(name: string, rows: readonly Row[], untouched: readonly Row[], good: readonly Row[]): string {
  const bound = 1.3 * median(losses(good))
  const pairs = pairsOf(rows, good)
  const within = pairs.map(([row]) => row.loss <= bound)
  const isGood = pairs.map(([, other]) => other.loss <= bound)
  const ratios = pairs.map(([row, other]) => Math.log(row.loss / other.loss))
  return line([
    name, pairs.length, fixed(median(losses(untouched))), lost(untouched), fixed(median(losses(rows))), fixed(Math.max(...losses(rows))),
    `${count(within)} of ${pairs.length}`, `${count(isGood)} of ${pairs.length}`, mcNemar(within, isGood).toFixed(3),
    fixed(median(ratios)), fixed(upperBound(ratios, seeded(1))), lost(rows), asked(rows),
  ]) // biome-ignore format: a row
}

function dataTable(cellOf: Cells, good: readonly Row[]): string {
  const head =
    '| twelve useless batches | seeds | median | worst | median of loss / clean run | within 1.2 x of its clean run | log ratio: upper 95 % bound | lost seeds |'
  const rowOf = (cell: string): string => {
    const rows = cellOf(cell)
    const ratios = pairsOf(rows, good).map(([row, clean]) => row.loss / clean.loss)
    const within = `${count(ratios.map((ratio) => ratio <= 1.2))} of ${ratios.length}`
    const cells = [cell, ratios.length, fixed(median(losses(rows))), fixed(Math.max(...losses(rows)))]
    return line([
      ...cells, fixed(median(ratios)), within, fixed(upperBound(ratios.map(Math.log), seeded(1))), lost(rows),
    ]) // biome-ignore format: a row
  }
  return [head, ruleOf(head), rowOf('data, rules'), rowOf('data, plain')].join('\n')
}

function settingsTable(cellOf: Cells): string {
  const head =
    '| good setting | seeds | plain | with rules | median log ratio | upper 95 % bound | A/A: upper 95 % bound | lost seeds | runs in which a guard acted |'
  const rowOf = (name: string, cells: { readonly plain: string; readonly rules: string; readonly aa?: string }): string => {
    const [plainRows, rules] = [cellOf(cells.plain), cellOf(cells.rules)]
    const ratios = logRatios(rules, plainRows)
    const aa = cells.aa === undefined ? [] : logRatios(cellOf(cells.aa), plainRows)
    return line([
      name, ratios.length, fixed(median(losses(plainRows))), fixed(median(losses(rules))), fixed(median(ratios)),
      fixed(upperBound(ratios, seeded(1))), aa.length === 0 ? '' : fixed(upperBound(aa, seeded(1))), lost(rules), guarded(rules),
    ]) // biome-ignore format: a row
  }
  const all = GOOD_RATES.map((lr) => rowOf(`SGD ${lr}`, { plain: plain(lr), rules: `rules ${lr}`, aa: `aa ${lr}` }))
  const adam = cellOf('adam rules').length === 0 ? [] : [rowOf(`Adam ${ADAM_RATE}`, { plain: 'adam plain', rules: 'adam rules' })]
  return [head, ruleOf(head), ...all, ...adam].join('\n')
} // biome-ignore format: a row

function pairsOf(rows: readonly Row[], others: readonly Row[]): readonly (readonly [Row, Row])[] {
  return rows.flatMap((row) => {
    const other = others.find(({ seed }) => seed === row.seed)
    return other === undefined ? [] : [[row, other] as const]
  })
}

function logRatios(rows: readonly Row[], others: readonly Row[]): readonly number[] {
  return pairsOf(rows, others).map(([row, other]) => Math.log(row.loss / other.loss))
}

function guarded(rows: readonly Row[]): string {
  const isGuarded = ({ acted, asked: wanted }: Row): boolean =>
    [...acted, ...wanted].some((one) => GUARDS.includes(one.split(' ')[1] ?? ''))
  return listed(rows.filter(isGuarded).map(({ seed }) => seed), '0')
} // biome-ignore format: more readable

function losses(rows: readonly Row[]): readonly number[] {
  return rows.map(({ loss }) => loss)
}

function lost(rows: readonly Row[]): string {
  if (rows.length === 0) return ''
  const seeds = rows.filter(({ loss }) => loss > LOST).map(({ seed }) => seed)
  return seeds.length === rows.length && rows.length > 0 ? `all ${rows.length}` : listed(seeds, 'none')
}

function asked(rows: readonly Row[]): string {
  const seeds = rows.filter((row) => row.isPaused || row.asked.length > 0).map(({ seed }) => seed)
  return listed(seeds, 'none')
}

function listed(seeds: readonly number[], none: string): string {
  return seeds.length === 0 ? none : `${seeds.length}: ${seeds.join(', ')}`
}

function count(flags: readonly boolean[]): number {
  return flags.filter(Boolean).length
}

function fixed(value: number): string {
  // A cell without runs.
  return Number.isNaN(value) ? '' : value.toFixed(4)
}

function line(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`
}

function ruleOf(head: string): string {
  return head.replace(/[^|]+/g, '---')
}
