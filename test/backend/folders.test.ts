import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFolders } from '../../src-main/backend/folders.ts'
import { openSettingsFile } from '../../src-main/settings/settings-file.ts'

let work: string
beforeEach(async () => {
  work = await realpath(await mkdtemp(join(tmpdir(), 'pail-folders-')))
})
afterEach(() => rm(work, { recursive: true, force: true }))

const open = async () => createFolders(await openSettingsFile(join(work, 'settings')))

describe('chosen folders', () => {
  test('S15 a handle names the folder, survives a restart, and tells the window no path', async () => {
    const site = join(work, 'my site')
    await mkdir(site)
    const chosen = await (await open()).choose(site)
    expect(chosen.name).toBe('my site')
    expect(JSON.stringify(chosen)).not.toContain(work)
    const later = await open()
    expect(later.path(chosen.folderId)).toBe(site)
    expect(later.describe(chosen.folderId)).toEqual(chosen)
    expect(await later.choose(site)).toEqual(chosen)
  })

  test('S15 a forged handle is refused', async () => {
    const folders = await open()
    for (const forged of ['folder_00', '../../etc', work, ''])
      expect(() => folders.path(forged)).toThrowError(
        expect.objectContaining({ error: expect.objectContaining({ code: 'not-found' }) }),
      )
    expect(folders.describe('folder_00')).toBeNull()
    expect(folders.describe(null)).toBeNull()
  })

  test('a link is chosen as the folder behind it', async () => {
    await mkdir(join(work, 'real'))
    await symlink(join(work, 'real'), join(work, 'link'))
    const folders = await open()
    expect(folders.path((await folders.choose(join(work, 'link'))).folderId)).toBe(join(work, 'real'))
  })

  test.each([
    ['relative/path', 'invalid-argument'],
    ['/no/such/folder', 'local-missing'],
    ['FILE', 'local-missing'],
  ])('%s is answered with %s', async (path, code) => {
    await writeFile(join(work, 'file'), '')
    const folders = await open()
    await expect(folders.choose(path === 'FILE' ? join(work, 'file') : path)).rejects.toMatchObject({
      error: { code },
    })
  })
})
