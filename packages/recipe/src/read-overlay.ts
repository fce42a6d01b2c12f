import { findNonFinite, type Overlay, ok, parseJson, type Result, readOverlay, refused } from '@hotcb/protocol'
import { located } from './problem.ts'

export interface OverlaySource {
  /** Its name, for messages; `.json` is read as JSON, any other as YAML. */
  readonly file: string
  /** The value of a YAML text; throws when it is malformed. */
  readonly parseYaml: (text: string) => unknown
}

/** Reads an overlay; a refusal names file, line, field, value and what would be right. */
export function readOverlayText(text: string, { file, parseYaml }: OverlaySource): Result<Overlay> {
  const parsed = file.endsWith('.json') ? parseJson(text) : parsedYaml(text, parseYaml)
  if (!parsed.ok) return refused(`${file}${parsed.reason.startsWith(':') ? '' : ': '}${parsed.reason}`)
  const overlay = readOverlay(parsed.value)
  // YAML knows `.inf` and `.nan`; no setter takes them.
  const infinite = overlay.ok ? findNonFinite(parsed.value) : undefined
  if (overlay.ok && infinite === undefined) return overlay
  const reason = overlay.ok ? `\`${infinite}\` must be a finite number, got NaN or an infinity` : overlay.reason
  return refused(located(reason, file, text))
}

function parsedYaml(text: string, parse: (text: string) => unknown): Result<unknown> {
  try {
    return ok(parse(text))
  } catch (error) {
    const line = lineOf(error)
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    return refused(`${line === null ? '' : `:${line}: `}no YAML: ${reason}`)
  }
}

// js-yaml tells the place in `mark`, its lines counted from 0.
function lineOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('mark' in error)) return null
  const { mark } = error
  if (typeof mark !== 'object' || mark === null || !('line' in mark)) return null
  return typeof mark.line === 'number' ? mark.line + 1 : null
}
