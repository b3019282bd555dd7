import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { djangoFormSchema } from '../../src-preload/contract/django.ts'
import { codeOf, runBackend, type RunningBackend, value } from './running-backend.ts'

let backend: RunningBackend
beforeAll(async () => {
  backend = await runBackend()
})
afterAll(() => backend.close())

/** A profile with one public destination, and a folder. */
async function scene(name: string) {
  const { api } = backend
  const profile = await value(
    api.createProfile({
      profile: {
        name,
        colour: 'green',
        provider: 'aws',
        endpoint: null,
        region: 'eu-west-1',
        addressing: 'virtual',
        checksums: 'when-supported',
        bucketNames: [],
        insecureConsent: null,
      },
    }),
  )
  await value(
    api.createDestination({
      destination: {
        profileId: profile.id,
        bucket: 'sibtc-assets',
        name: 'Static',
        kind: 'static',
        prefix: 'static/',
        visibility: 'public',
        cacheControl: null,
        baseUrl: null,
        linkExpirySeconds: 3600,
        folderId: null,
        exclude: [],
      },
    }),
  )
  const path = join(backend.folder, name)
  await mkdir(path)
  const folder = await value(api.chooseFolder({ purpose: 'export', typedPath: path }))
  const wanted = {
    profileId: profile.id,
    bucket: 'sibtc-assets',
    form: djangoFormSchema.enum.storages,
    access: 'policy' as const,
    module: 'storage_backends',
    origins: [],
    folderId: folder?.folderId ?? '',
  }
  return { path, wanted }
}

test('an export is written into a folder that was chosen, and never over what is there unasked', async () => {
  const { path, wanted } = await scene('one')
  const { folderId: _, ...how } = wanted
  const exported = await value(backend.api.exportDjango(how))
  const saved = await value(backend.api.saveDjangoExport({ ...wanted, replace: false }))
  expect(saved).toMatchObject({ folder: { name: 'one' }, files: exported.files.map(({ name }) => name) })
  for (const { name, text } of exported.files) expect(await readFile(join(path, name), 'utf8')).toBe(text)

  await writeFile(join(path, 'cors.json'), 'mine')
  expect(await codeOf(backend.api.saveDjangoExport({ ...wanted, form: 'older', replace: false }))).toBe(
    'already-exists',
  )
  expect(await readFile(join(path, 'cors.json'), 'utf8')).toBe('mine')
  expect(await readFile(join(path, 's3_settings.py'), 'utf8')).toContain('STORAGES = {')
  await value(backend.api.saveDjangoExport({ ...wanted, form: 'older', replace: true }))
  expect(await readFile(join(path, 's3_settings.py'), 'utf8')).toContain('STATICFILES_STORAGE')
})

test('S15 a folder that nobody chose is refused', async () => {
  const { wanted } = await scene('two')
  expect(await codeOf(backend.api.saveDjangoExport({ ...wanted, folderId: 'folder_x', replace: true }))).toBe(
    'not-found',
  )
})
