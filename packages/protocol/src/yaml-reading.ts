import type { Json } from './json.ts'

/**
 * The content of a YAML text, or one line that says why it cannot be read, with the line number in the text, from 1.
 */
export type YamlReading =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly reason: string; readonly line: number | null }

/** Reads a YAML text; `parseYaml` of `@hotcb/protocol/yaml` is one. It must not throw. */
export type YamlReader = (text: string) => YamlReading

/** A refusal as `hotcb.yaml:3: reason`. */
export function yamlProblem(
  file: string,
  { reason, line }: { readonly reason: string; readonly line: number | null },
): string {
  return `${file}${line === null ? '' : `:${line}`}: ${reason}`
}
