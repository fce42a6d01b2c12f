import { inflateSync } from 'node:zlib'

/** The properties of a PNG that tests check. */
export interface DecodedPng {
  readonly width: number
  readonly height: number
  /** The number of different bytes in its pixels. An empty picture has few. */
  readonly shades: number
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 4: 2, 6: 4 }

/** Decodes a PNG with 8 bits per channel. @throws Error if it is not a PNG, or if it is incomplete. */
export function decodePng(bytes: Uint8Array): DecodedPng {
  const all = Buffer.from(bytes)
  if (!all.subarray(0, 8).equals(SIGNATURE)) throw new Error('no PNG')
  const data: Buffer[] = []
  let [width, height, channels, isWhole] = [0, 0, 0, false]
  for (let at = 8; at < all.length; ) {
    const length = all.readUInt32BE(at)
    const kind = all.toString('latin1', at + 4, at + 8)
    const body = all.subarray(at + 8, at + 8 + length)
    if (kind === 'IHDR')
      [width, height, channels] = [body.readUInt32BE(0), body.readUInt32BE(4), CHANNELS[body[9] ?? -1] ?? 0]
    if (kind === 'IDAT') data.push(body)
    isWhole = kind === 'IEND'
    at += 12 + length
  }
  const pixels = inflateSync(Buffer.concat(data))
  if (!isWhole || pixels.length !== height * (1 + width * channels)) throw new Error('the PNG is incomplete')
  return { width, height, shades: new Set(pixels).size }
}
