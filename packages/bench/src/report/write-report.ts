import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceDocument } from '@hotcb/journal'
import { renderPng } from 'hyperopt-ts/node'
import type { Arm } from '../arm.ts'
import type { Summary } from '../summary.ts'
import { formatCsv } from './csv.ts'
import { formatMarkdown } from './markdown.ts'
import { formatSvg } from './svg.ts'

/** The files of a report, and the reason if one is missing. */
export interface WrittenReport {
  readonly files: readonly string[]
  /** Null if nothing is missing. */
  readonly note: string | null
}

/** Writes `report.json`, `report.csv`, `report.md`, `report.svg`, and `report.png` if it can be drawn. */
export async function writeReport(dir: string, summary: Summary, arms: readonly Arm[]): Promise<WrittenReport> {
  const svg = formatSvg(summary)
  const texts = {
    'report.json': `${JSON.stringify(summary, null, 2)}\n`,
    'report.csv': formatCsv(summary.comparisons),
    'report.md': formatMarkdown(summary, arms),
    'report.svg': svg,
  }
  const files = Object.keys(texts).map((name) => join(dir, name))
  for (const [name, text] of Object.entries(texts)) replaceDocument(join(dir, name), text)
  const png = await renderPng(svg)
  if (!png.ok) return { files, note: png.why }
  const path = join(dir, 'report.png')
  writeFileSync(path, png.png)
  return { files: [...files, path], note: null }
}
