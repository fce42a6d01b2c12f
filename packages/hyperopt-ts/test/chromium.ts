import { existsSync } from 'node:fs'

/** The path of a Chromium on this machine. */
export function chromium(): string {
  const places = [
    process.env.CHROMIUM ?? '',
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ]
  const found = places.find((place) => place !== '' && existsSync(place))
  if (found === undefined) throw new Error('this test needs Chromium: install it, or set CHROMIUM to its path')
  return found
}
