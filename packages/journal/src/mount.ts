import { execFileSync } from 'node:child_process'
import { readFileSync, realpathSync } from 'node:fs'
import { sep } from 'node:path'

/** Returns the type of the file system mounted at a path (`ext4`, `fuse.sshfs`), if the system reports it. */
export function mountType(path: string): string | undefined {
  try {
    const real = realpathSync(path)
    if (process.platform === 'linux') return typeOf(real, linuxMounts(readFileSync('/proc/self/mountinfo', 'utf8')))
    return typeOf(real, darwinMounts(execFileSync('/sbin/mount', { encoding: 'utf8', timeout: 5000 })))
  } catch {
    // The system does not report it. The caller uses the magic number, or assumes a network file system.
    return undefined
  }
}

/** A mount point and the type of its file system. */
export interface Mount {
  readonly at: string
  readonly type: string
}

/**
 * Returns the type of the mount at the longest prefix of the path; if several mounts have that prefix, the last one in
 * the list.
 */
export function typeOf(path: string, mounts: readonly Mount[]): string | undefined {
  let best: Mount | undefined
  for (const mount of mounts) {
    const holds = mount.at === '/' || path === mount.at || path.startsWith(mount.at + sep)
    if (holds && (best === undefined || mount.at.length >= best.at.length)) best = mount
  }
  return best?.type
}

/**
 * Parses lines such as `36 35 98:0 /root /mount/point rw,noatime shared:1 - ext3 /dev/sda rw`; see proc(5). Spaces are
 * written as `\040`.
 */
export function linuxMounts(mountinfo: string): readonly Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const at = line.split(' ')[4]
    const type = line.split(' - ')[1]?.split(' ')[0]
    if (at === undefined || type === undefined) return []
    return [
      { at: at.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))), type },
    ]
  })
}

/**
 * Parses lines such as `/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled)`, the output of mount(8) on macOS.
 */
export function darwinMounts(listing: string): readonly Mount[] {
  return listing.split('\n').flatMap((line) => {
    const match = /^.*? on (.*) \(([^,)]+)[^)]*\)$/.exec(line)
    const [, at, type] = match ?? []
    return at === undefined || type === undefined ? [] : [{ at, type }]
  })
}
