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
  /** The file's name, for messages. A `.json` file is parsed as JSON, any other as YAML. */
  readonly file: string
  /** Parses YAML: `parseYaml` from `@hotcb/protocol/yaml`. */
  readonly parseYaml: YamlReader
}

/**
 * Parses an overlay. An error states the file, the line, the field, its value, and what would be valid. YAML that is
 * empty, or has only comments, is an overlay without patches.
 */
export function readOverlayText(text: string, { file, parseYaml }: OverlaySource): Result<Overlay> {
  const isJson = file.endsWith('.json')
  const parsed = isJson ? parsedJson(text) : parseYaml(text)
  if (!parsed.ok) return refused(yamlProblem(file, parsed))
  if (!isJson && parsed.value === null) return ok({ version: 1, patches: [] })
  // YAML has `.inf` and `.nan`, and Python writes NaN and Infinity into JSON, but no control accepts them.
  const infinite = nonFiniteProblems(parsed.value)
  if (infinite.length > 0) return refused(infinite.map((problem) => withFileAndLine(problem, file, text)).join('; '))
  const overlay = readOverlay(parsed.value)
  return overlay.ok ? overlay : refused(withFileAndLine(overlay.reason, file, text))
}

function parsedJson(text: string): YamlReading {
  const parsed = parseJson(text, { nan: 'keep' })
  // The output of a JSON parser is JSON. The parser does not report the line of an error.
  return parsed.ok ? { ok: true, value: parsed.value as Json } : { ...parsed, line: null }
}
