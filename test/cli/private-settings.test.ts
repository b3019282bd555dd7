import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../src-preload/contract/failure.ts'
import { createPrivateSettings } from '../../src-main/cli/private-settings.ts'
import type { StoredProfile } from '../../src-main/profiles/stored-profile.ts'
import { defaultSettings } from '../../src-main/settings/settings.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-private-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

function stored(id: string, type: 'keychain' | 'playground'): StoredProfile {
  return {
    id,
    name: id,
    colour: 'blue',
    provider: 'other',
    endpoint: null,
    region: 'us-east-1',
    addressing: 'path',
    checksums: 'when-required',
    bucketNames: [],
    insecureConsent: null,
    credentialSource: { type },
    accessKeyHint: null,
  }
}

describe('the settings of one command', () => {
  test('are a copy that only its owner reads, and the application’s own stay as they are', async () => {
    const text = JSON.stringify({
      ...defaultSettings,
      profiles: [stored('mine', 'keychain'), stored('play', 'playground')],
    })
    await writeFile(join(directory, 'settings.json'), text)
    const settings = await createPrivateSettings(directory)
    expect((await stat(settings.directory)).mode & 0o777).toBe(0o700)
    const copy = JSON.parse(await readFile(join(settings.directory, 'settings.json'), 'utf8'))
    expect(copy.profiles.map(({ id }: { id: string }) => id)).toEqual(['mine'])
    await settings.remove()
    await expect(stat(settings.directory)).rejects.toThrow('ENOENT')
    expect(await readFile(join(directory, 'settings.json'), 'utf8')).toBe(text)
    expect(await readdir(directory)).toEqual(['settings.json'])
  })

  test('without the application’s there are none, and without --profile none are looked for', async () => {
    for (const from of [join(directory, 'nothing-here'), null]) {
      const settings = await createPrivateSettings(from)
      expect(await readdir(settings.directory)).toEqual([])
      await settings.remove()
    }
  })

  test('F42 that cannot be used are told and left alone', async () => {
    await writeFile(join(directory, 'settings.json'), '{"version": 999}')
    const error = await createPrivateSettings(directory).catch((thrown: unknown) => thrown)
    expect(error instanceof Failure && error.error.code).toBe('settings-corrupt')
    expect(await readdir(directory)).toEqual(['settings.json'])
  })
})
