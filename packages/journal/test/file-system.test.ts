import { readFileSync, realpathSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { byMagic, byWindowsPath } from '../src/file-system.ts'
import { fileSystem, fileSystemKind } from '../src/index.ts'
import { darwinMounts, linuxMounts, mountType, typeOf } from '../src/mount.ts'

test('the file system of a directory is known, even before the directory exists', () => {
  const here = fileSystem(tmpdir())
  expect(here).toEqual({ kind: 'local', name: expect.stringMatching(/^[\w.-]+$/) })
  expect(fileSystem(join(tmpdir(), 'not', 'made', 'yet'))).toEqual(here)
  expect(fileSystemKind(tmpdir())).toBe('local')
})

test.each([
  [0xef53, 'ext4', 'local', 'ext4'],
  [0xef53, undefined, 'local', 'ext4'],
  // The number takes precedence over the name, except for FUSE file systems, which all have the same number.
  [0xef53, 'vendor-ext4', 'local', 'vendor-ext4'],
  [0x6969, 'ext4', 'network', 'ext4'],
  [0x65735546, 'ext4', 'local', 'ext4'],
  [0x01021994, 'tmpfs', 'local', 'tmpfs'],
  [0x794c7630, 'overlay', 'local', 'overlay'],
  [0x6969, 'nfs4', 'network', 'nfs4'],
  [0xff534d42, 'cifs', 'network', 'cifs'],
  // As a signed number, as 32-bit systems return it.
  [0xff534d42 | 0, undefined, 'network', 'cifs'],
  [0xfe534d42, 'smb3', 'network', 'smb3'],
  [0x0bd00bd0, 'lustre', 'network', 'lustre'],
  [0x47504653, 'gpfs', 'network', 'gpfs'],
  [0x19830326, 'beegfs', 'network', 'beegfs'],
  [0x00c36400, 'ceph', 'network', 'ceph'],
  [0x01021997, '9p', 'network', '9p'],
  [0x65735546, 'fuse.sshfs', 'network', 'fuse.sshfs'],
  [0x65735546, 'fuseblk', 'local', 'fuseblk'],
  [0x65735546, 'virtiofs', 'network', 'virtiofs'],
  [0x65735546, undefined, 'network', 'fuse'],
  [0x12345678, 'erofs', 'local', 'erofs'],
  [0x12345678, 'wekafs', 'network', 'wekafs'],
  [0x12345678, undefined, 'network', 'unknown (0x12345678)'],
] as const)('magic number %i mounted as %s is %s', (type, mounted, kind, name) => {
  expect(byMagic(type, mounted)).toEqual({ kind, name })
})

test('the mount of a path is the one with the longest prefix, or the last of several equal ones', () => {
  const mounts = linuxMounts(
    [
      '22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw',
      '36 22 0:41 / /data rw - nfs4 server:/data rw,vers=4.2',
      '37 36 0:42 / /data/my\\040runs rw,nosuid shared:2 master:1 - fuse.sshfs me@there: rw',
      '38 22 0:43 / /over rw - ext4 /dev/vdb rw',
      '39 38 0:44 / /over rw - tmpfs none rw',
      '',
    ].join('\n'),
  )
  expect(
    ['/', '/data', '/data/x', '/data/my runs/1', '/database', '/over/a'].map((path) => typeOf(path, mounts)),
  ).toEqual(['ext4', 'nfs4', 'nfs4', 'fuse.sshfs', 'ext4', 'tmpfs'])
})

test('the mount table of macOS is read', () => {
  const mounts = darwinMounts(
    [
      '/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)',
      '/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled, nobrowse)',
      '//me@server/share on /Volumes/share (smbfs, nodev, nosuid, mounted by me)',
      'map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)',
      '',
    ].join('\n'),
  )
  expect(['/Users/me', '/Volumes/share/run'].map((path) => typeOf(path, mounts))).toEqual(['apfs', 'smbfs'])
})

test.runIf(process.platform === 'linux')('on Linux the magic number and the mount table are both used', () => {
  const mounted = mountType(tmpdir())
  expect(mounted).toBe(typeOf(realpathSync(tmpdir()), linuxMounts(readFileSync('/proc/self/mountinfo', 'utf8'))))
  expect(fileSystem(tmpdir())).toEqual(byMagic(statfsSync(tmpdir()).type, mounted))
  expect(mountType('/proc')).toBe('proc')
  expect(mountType(join(tmpdir(), 'not', 'made'))).toBeUndefined()
})

test.runIf(process.platform === 'linux')('the source of the file system depends on the platform', () => {
  const on = (platform: NodeJS.Platform) => {
    const real = Object.getOwnPropertyDescriptor(process, 'platform') ?? {}
    Object.defineProperty(process, 'platform', { ...real, value: platform })
    try {
      return [fileSystem(tmpdir()), mountType(tmpdir())]
    } finally {
      Object.defineProperty(process, 'platform', real)
    }
  }
  expect(on('win32')[0]).toEqual({ kind: 'local', name: 'windows' })
  // This machine does not have the `mount` program of macOS. A file system that is not reported counts as a network file system.
  expect(on('darwin')).toEqual([{ kind: 'network', name: 'unknown' }, undefined])
})

test('a path that cannot be examined is an error', () => {
  const path = join(tmpdir(), 'x'.repeat(300))
  const message = `cannot examine \`${path}\`: its name is too long (ENAMETOOLONG)`
  expect(() => fileSystem(path)).toThrow(expect.objectContaining({ code: 'missing', path, message }))
})

test.each([
  ['C:\\runs', 'local', 'windows'],
  ['\\\\server\\runs', 'network', 'unc'],
  ['\\runs', 'local', 'windows'],
] as const)('on Windows `%s` is %s', (path, kind, name) => {
  expect(byWindowsPath(path)).toEqual({ kind, name })
})

test('a mount table without the path, and lines of another form, yield no type', () => {
  expect(typeOf('/x', [])).toBeUndefined()
  expect(typeOf('/x', [{ at: '/y', type: 'ext4' }])).toBeUndefined()
  expect(linuxMounts('\n36 22 0:41 / /data rw\nshort - ext4\n')).toEqual([])
  expect(linuxMounts('1 2 3:4 / /a\\011b\\134c\\0 rw - ext4 /dev/a - b rw')).toEqual([
    { at: '/a\tb\\c\\0', type: 'ext4' },
  ])
  expect(darwinMounts('\nnothing mounted\n/dev/disk1 on /x\n(apfs, local)\n')).toEqual([])
  // Without options, and with ` on ` in the name of the mount point.
  expect(darwinMounts('/dev/disk1 on /a on b (apfs)\n')).toEqual([{ at: '/a on b', type: 'apfs' }])
})
