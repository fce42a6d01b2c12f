import { spawn } from 'node:child_process'

/** Opens an address in the person's browser, and warns if that fails. */
export function openBrowser(address: string, warn: (message: string) => void): void {
  const [command, args] = commandFor(address)
  const child = spawn(command, args, { stdio: 'ignore', detached: true })
  child.on('error', () => warn('no browser could be opened: open the printed address yourself'))
  child.unref()
}

function commandFor(address: string): [string, string[]] {
  if (process.platform === 'darwin') return ['open', [address]]
  if (process.platform === 'win32') return ['rundll32', ['url.dll,FileProtocolHandler', address]]
  return ['xdg-open', [address]]
}
