import { ok, type Result, refused, show } from '@hotcb/protocol'
import type { PostLimits } from './post-json.ts'

/** The address of a model, and how to call it. */
export interface ModelOptions {
  /** The model's name at the endpoint. */
  readonly model: string
  /** The base address, such as `https://api.example.com/v1`. The paths of the API are added to it. */
  readonly baseUrl: string
  /**
   * Returns the key. The function is called for each request, and the key is sent only in a header. Null: no key is
   * sent.
   */
  readonly key: (() => string) | null
  readonly temperature?: number | undefined
  /** Default: 20 s to the first byte, 60 s in total, 256 KiB. */
  readonly limits?: Partial<PostLimits> | undefined
}

/** Returns the `host:port` of a base address, or why the address is invalid. */
export function modelHost(baseUrl: string): Result<{ readonly host: string; readonly isLoopback: boolean }> {
  const right = 'must be an address such as https://api.openai.com/v1'
  if (!URL.canParse(baseUrl)) return refused(`\`base_url\` ${right}, got ${show(baseUrl)}`)
  const { protocol, host, hostname, username, password } = new URL(baseUrl)
  if (protocol !== 'http:' && protocol !== 'https:') return refused(`\`base_url\` ${right}, got ${show(baseUrl)}`)
  // Users see the address, so it must not contain a secret.
  if (username !== '' || password !== '') return refused('`base_url` must not contain a user name or a password')
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
  return ok({ host, isLoopback })
}

/** Returns the `host:port` of a base address. @throws RangeError for a malformed address. */
export function requireHost(baseUrl: string): string {
  const read = modelHost(baseUrl)
  if (!read.ok) throw new RangeError(read.reason)
  return read.value.host
}

export function joinUrl(baseUrl: string, path: string): string {
  return `${baseUrl.replace(/\/+$/, '')}${path}`
}
