import {
  type Json,
  nonFiniteProblems,
  type Overlay,
  ok,
  parseJson,
  type Result,
  readOverlay,
  refused,
  type YamlReader,
  type YamlReading,
  yamlProblem,
} from '@hotcb/protocol'
import { withFileAndLine } from './problem.ts'

export interface OverlaySource {
  /** Its name, for messages; `.json` is read as JSON, anything else as YAML. */
  readonly file: string
  /** Reads a YAML text: `parseYaml` of `@hotcb/protocol/yaml`. */
  readonly parseYaml: YamlReader
}

/**
 * Reads an overlay; an error has file, line, field, value and what would be right. An empty YAML text, or one with only
 * comments, is an overlay without patches.
 */
export function readOverlayText(text: string, { file, parseYaml }: OverlaySource): Result<Overlay> {
  const isJson = file.endsWith('.json')
  const parsed = isJson ? parsedJson(text) : parseYaml(text)
  if (!parsed.ok) return refused(yamlProblem(file, parsed))
  if (!isJson && parsed.value === null) return ok({ version: 1, patches: [] })
  // YAML has `.inf` and `.nan`, and Python writes them into JSON; no setter accepts them.
  const infinite = nonFiniteProblems(parsed.value)
  if (infinite.length > 0) return refused(infinite.map((problem) => withFileAndLine(problem, file, text)).join('; '))
  const overlay = readOverlay(parsed.value)
  return overlay.ok ? overlay : refused(withFileAndLine(overlay.reason, file, text))
}

function parsedJson(text: string): YamlReading {
  const parsed = parseJson(text, { nan: 'keep' })
  // The output of a JSON parser is JSON. It does not report the line.
  return parsed.ok ? { ok: true, value: parsed.value as Json } : { ...parsed, line: null }
}
