import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat, symlink, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTargetFolder } from '../../src-main/s3/target-folder.ts'

let root: string
let outside: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pail-target-'))
  outside = await mkdtemp(join(tmpdir(), 'pail-outside-'))
})
afterEach(async () => {
  await rm(root, { recursive: true, force: true })
  await rm(outside, { recursive: true, force: true })
})

async function save(
  segments: string[],
  name: string,
  content: string,
  platform = process.platform,
): Promise<void> {
  const folder = await openTargetFolder(root, segments, platform)
  try {
    const temporary = await folder.createTemporary()
    try {
      await temporary.handle.writeFile(content)
      await folder.publish(temporary, name)
    } finally {
      await temporary.discard()
    }
  } finally {
    await folder.close()
  }
}

describe('S34 openTargetFolder', () => {
  it('S35 makes folders, writes mode 0600, which nobody can run, and overwrites nothing', async () => {
    await save(['a', 'b'], 'file', 'one')
    await expect(save(['a', 'b'], 'file', 'two')).rejects.toMatchObject({ error: { code: 'already-exists' } })
    expect(await readFile(join(root, 'a', 'b', 'file'), 'utf8')).toBe('one')
    expect((await stat(join(root, 'a', 'b', 'file'))).mode & 0o777).toBe(0o600)
    expect(await readdir(join(root, 'a', 'b'))).toEqual(['file'])
  })

  it('where folders cannot be held open, does the same by their real paths', async () => {
    await save(['a', 'b'], 'file', 'one', 'darwin')
    await expect(save(['a', 'b'], 'file', 'two', 'darwin')).rejects.toMatchObject({
      error: { code: 'already-exists' },
    })
    expect(await readdir(join(root, 'a', 'b'))).toEqual(['file'])
    await symlink(outside, join(root, 'link'))
    await symlink(join(root, 'a'), join(root, 'inner'))
    for (const segments of [['link'], ['link', 'deeper'], ['inner', 'b']]) {
      await expect(save(segments, 'other', 'x', 'darwin')).rejects.toMatchObject({
        error: { code: 'safety-refused' },
      })
    }
    const folder = await openTargetFolder(root, ['a'], 'darwin')
    await rename(join(root, 'a'), join(root, 'away'))
    await symlink(outside, join(root, 'a'))
    await expect(folder.createTemporary()).rejects.toMatchObject({ error: { code: 'safety-refused' } })
    expect(await readdir(outside)).toEqual([])
  })

  it('S35 marks a file for Windows as come from elsewhere before it has its name, and nowhere else', async () => {
    const marked: string[] = []
    for (const platform of ['win32', 'darwin', 'linux'] as const) {
      await save([platform], 'setup.exe', 'MZ', platform)
      // Where a colon is part of a name, what is a second stream of the file on Windows is a file beside it.
      for (const name of await readdir(join(root, platform))) {
        if (name === 'setup.exe') continue
        marked.push(platform, name)
        expect(await readFile(join(root, platform, name), 'utf8')).toBe('[ZoneTransfer]\r\nZoneId=3\r\n')
      }
    }
    expect(marked).toEqual(['win32', expect.stringMatching(/\.pail-part:Zone\.Identifier$/)])
  })

  it('does not write through links, dangling names or files in the way', async () => {
    await symlink(outside, join(root, 'link'))
    await symlink(join(outside, 'planted'), join(root, 'name'))
    await save([], 'plain', 'x')
    for (const segments of [['link'], ['link', 'deeper'], ['plain']]) {
      await expect(save(segments, 'file', 'x')).rejects.toMatchObject({ error: { code: 'safety-refused' } })
    }
    await expect(save([], 'name', 'x')).rejects.toMatchObject({ error: { code: 'already-exists' } })
    expect(await readdir(outside)).toEqual([])
  })

  it.each(['..', '.', '', 'a/b', 'a\0b'])('refuses the segment %j', async (segment) => {
    await expect(openTargetFolder(root, [segment])).rejects.toMatchObject({
      error: { code: 'safety-refused' },
    })
  })

  it('a link planted at any moment does not lead outside, 1,000 times', async () => {
    await mkdir(join(root, 'real'))
    const stop = new AbortController()
    const planter = (async () => {
      for (let round = 0; !stop.signal.aborted; round++) {
        // Without a rest the two can fall into a step in which no file is ever saved.
        if (round % 5 === 0) await delay(1)
        await rename(join(root, 'real'), join(root, 'aside')).catch(() => undefined)
        await symlink(outside, join(root, 'real')).catch(() => undefined)
        await unlink(join(root, 'real')).catch(() => undefined)
        await rename(join(root, 'aside'), join(root, 'real')).catch(() => undefined)
      }
    })()
    let saved = 0
    for (let i = 0; i < 1000; i++) {
      await save(['real'], `f${i}`, 'x').then(
        () => saved++,
        () => undefined,
      )
    }
    stop.abort()
    await planter
    expect(await readdir(outside)).toEqual([])
    expect(saved).toBeGreaterThan(0)
  })
})
