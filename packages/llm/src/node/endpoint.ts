import { ok, type Result, refused, show } from '@hotcb/protocol'
import type { PostLimits } from './post-json.ts'

/** Where a model is, and how it is asked. */
export interface ModelOptions {
  /** The model's name at the endpoint. */
  readonly model: string
  /** `https://api.example.com/v1`; the paths of the interface are added to it. */
  readonly baseUrl: string
  /** Asked for each request, and put into its header alone; null: no key is sent. */
  readonly key: (() => string) | null
  readonly temperature?: number | undefined
  /** Default: 20 s to the first byte, 60 s in all, 256 KiB. */
  readonly limits?: Partial<PostLimits> | undefined
}

/** The `host:port` of a base address, or why it is none. */
export function modelHost(baseUrl: string): Result<{ readonly host: string; readonly isLoopback: boolean }> {
  const right = 'must be an address such as https://api.openai.com/v1'
  if (!URL.canParse(baseUrl)) return refused(`\`base_url\` ${right}, got ${show(baseUrl)}`)
  const { protocol, host, hostname, username, password } = new URL(baseUrl)
  if (protocol !== 'http:' && protocol !== 'https:') return refused(`\`base_url\` ${right}, got ${show(baseUrl)}`)
  // The address is shown to people; it is no place for a secret.
  if (username !== '' || password !== '') return refused('`base_url` must not contain a user name or a password')
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
  return ok({ host, isLoopback })
}

/** @throws RangeError for a malformed address. */
export function requireHost(baseUrl: string): string {
  const read = modelHost(baseUrl)
  if (!read.ok) throw new RangeError(read.reason)
  return read.value.host
}

export function joinUrl(baseUrl: string, path: string): string {
  return `${baseUrl.replace(/\/+$/, '')}${path}`
}
