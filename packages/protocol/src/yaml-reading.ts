import type { Json } from './json.ts'

/**
 * The content of a YAML document; or the reason why it cannot be parsed, in one line, and the line number, from 1.
 */
export type YamlReading =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly reason: string; readonly line: number | null }

/** A function that parses YAML, such as `parseYaml` from `@hotcb/protocol/yaml`. It must not throw. */
export type YamlReader = (text: string) => YamlReading

/** Formats an error, such as `hotcb.yaml:3: reason`. */
export function yamlProblem(
  file: string,
  { reason, line }: { readonly reason: string; readonly line: number | null },
): string {
  return `${file}${line === null ? '' : `:${line}`}: ${reason}`
}
