import type * as v from 'valibot'
import type { McpPort, Right } from '../port.ts'

/** One tool, with its arguments and its effect. */
export interface Tool {
  readonly name: string
  readonly description: string
  /** The right that a client needs to see the tool; absent for tools that only read. */
  readonly right?: Right
  readonly args: v.GenericSchema<unknown, never> | Schema
  /** @throws Error with a one-line message. */
  call(args: unknown, port: McpPort): Promise<string>
}

type Schema = v.ObjectSchema<v.ObjectEntries, undefined>

/** Creates a tool whose `call` receives typed arguments. */
export function createTool<const Entries extends v.ObjectEntries>(tool: {
  readonly name: string
  readonly description: string
  readonly right?: Right
  readonly args: v.ObjectSchema<Entries, undefined>
  call(args: v.InferOutput<v.ObjectSchema<Entries, undefined>>, port: McpPort): Promise<string>
}): Tool {
  // The cast is safe, because the server validates the arguments against this schema before the call.
  return tool as unknown as Tool
}

/**
 * Runs a command line that checks something, and returns its JSON even if it finds a problem.
 *
 * @throws Error with the text that the command printed to standard error, if the check could not be performed.
 */
export async function check(port: McpPort, words: readonly string[]): Promise<string> {
  const { exitCode, output, errors } = await port.run([...words, '--json'])
  if (exitCode <= 1 && output.trim() !== '') return output.trim()
  throw new Error(errors.trim() || `exit code ${exitCode}`)
}

/**
 * Runs a command line that prints JSON.
 *
 * @throws Error with the text that the command printed to standard error, if it failed.
 */
export async function ask(port: McpPort, words: readonly string[]): Promise<string> {
  const { exitCode, output, errors } = await port.run([...words, '--json'])
  if (exitCode === 0) return output.trim() === '' ? 'done' : output.trim()
  throw new Error([output.trim(), errors.trim()].filter((text) => text !== '').join('\n') || `exit code ${exitCode}`)
}
