import fc from 'fast-check'
import { mkdir, mkdtemp, readFile, readdir, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSettingsFile, settingsForOneRun } from '../../src-main/settings/settings-file.ts'
import { defaultSettings, settingsVersion } from '../../src-main/settings/settings.ts'
import { settingsSchema } from '../../src-main/settings/settings-schema.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-settings-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const dark = { ...defaultSettings, preferences: { ...defaultSettings.preferences, theme: 'dark' as const } }

describe('the settings file', () => {
  test('starts with defaults and writes nothing until something changes', async () => {
    const settings = await openSettingsFile(directory)
    expect(settings.current()).toEqual(defaultSettings)
    expect(settings.notices).toEqual([])
    expect(await readdir(directory)).toEqual([])
  })

  test('what was changed is there after a restart, in a file that only its owner reads', async () => {
    await (await openSettingsFile(directory)).update(() => dark)
    expect((await openSettingsFile(directory)).current()).toEqual(dark)
    expect((await stat(join(directory, 'settings.json'))).mode & 0o777).toBe(0o600)
    expect(await readdir(directory)).toEqual(['settings.json'])
  })

  test('changes made at the same time are all kept', async () => {
    const settings = await openSettingsFile(directory)
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        settings.update((now) => ({
          ...now,
          folders: [...now.folders, { id: `f${index}`, path: `/site/${index}` }],
        })),
      ),
    )
    expect((await openSettingsFile(directory)).current().folders).toHaveLength(20)
  })

  test('a change that does not fit the schema is refused and changes nothing', async () => {
    const settings = await openSettingsFile(directory)
    await settings.update(() => dark)
    await expect(
      settings.update((now) => ({ ...now, folders: [{ id: 'not an id!', path: '' }] })),
    ).rejects.toThrow()
    expect(settings.current()).toEqual(dark)
    expect((await openSettingsFile(directory)).current()).toEqual(dark)
    await settings.update(() => defaultSettings)
    expect((await openSettingsFile(directory)).current()).toEqual(defaultSettings)
  })

  test('what cannot be written is told as what it is, changes nothing, and the next change is written', async () => {
    const settings = await openSettingsFile(directory)
    // Where a folder stands, no file can be put: of root, who runs tests in containers, permissions ask nothing.
    await mkdir(join(directory, 'settings.json'))
    await expect(settings.update(() => dark)).rejects.toMatchObject({
      error: {
        code: 'local-file',
        message: expect.stringMatching(/settings could not be written \(E/) as string,
      },
    })
    expect(settings.current()).toEqual(defaultSettings)
    expect(await readdir(directory)).toEqual(['settings.json'])
    await rmdir(join(directory, 'settings.json'))
    await settings.update(() => dark)
    expect((await openSettingsFile(directory)).current()).toEqual(dark)
  })

  test('settings for one run begin as those on the disk, change in memory and write nothing', async () => {
    const kept = await openSettingsFile(directory)
    await kept.update(() => dark)
    const before = await readFile(join(directory, 'settings.json'))
    const settings = settingsForOneRun(kept)
    const folders = [{ id: 'f1', path: '/site' }]
    expect(await settings.update((now) => ({ ...now, folders }))).toEqual({ ...dark, folders })
    await settings.written()
    expect(settings.current()).toEqual({ ...dark, folders })
    expect(kept.current()).toEqual(dark)
    expect(await readFile(join(directory, 'settings.json'))).toEqual(before)
    expect(await readdir(directory)).toEqual(['settings.json'])
  })

  test('F42 a file cut at any byte is set aside, never overwritten, and told', async () => {
    const path = join(directory, 'settings.json')
    await (await openSettingsFile(directory)).update(() => dark)
    const whole = await readFile(path, 'utf8')
    const cuts = [0, 1, 2, Math.floor(whole.length / 2), whole.length - 3]
    for (const length of cuts) {
      const cut = whole.slice(0, length)
      await writeFile(path, cut)
      const settings = await openSettingsFile(directory)
      expect(settings.current(), `cut at ${length}`).toEqual(defaultSettings)
      expect(settings.notices).toHaveLength(1)
      const aside = /“(.+?)”/.exec(settings.notices[0]!)![1]!
      expect(await readFile(join(directory, aside), 'utf8')).toBe(cut)
      await settings.update(() => dark)
      expect(await readFile(join(directory, aside), 'utf8')).toBe(cut)
    }
    expect(await readdir(directory)).toHaveLength(cuts.length + 1)
  })

  test('F42 a flipped byte never makes settings that do not fit the schema', async () => {
    const path = join(directory, 'settings.json')
    await (await openSettingsFile(directory)).update(() => dark)
    const whole = await readFile(path)
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const bytes = Buffer.from(whole)
        bytes[at] = bytes[at]! ^ flip
        await writeFile(path, bytes)
        const settings = await openSettingsFile(directory)
        settingsSchema.parse(settings.current())
        expect(settings.notices.length === 1 || settings.current().version === settingsVersion).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  test('F42 a file from a newer Pail is set aside and told', async () => {
    await writeFile(join(directory, 'settings.json'), JSON.stringify({ version: 99, treasures: ['x'] }))
    const settings = await openSettingsFile(directory)
    expect(settings.notices[0]).toContain('newer Pail')
    const kept = (await readdir(directory)).find((name) => name !== 'settings.json')!
    expect(JSON.parse(await readFile(join(directory, kept), 'utf8'))).toEqual({
      version: 99,
      treasures: ['x'],
    })
  })
})
