import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { phoneJpeg, placedPng, strippedPhoneJpeg } from '../pictures/made-pictures.ts'
import { codeOf, type RunningBackend, runBackend, value } from './running-backend.ts'

let backend: RunningBackend
let where: { profileId: string; bucket: string; prefix: string }
beforeAll(async () => {
  backend = await runBackend()
  const { profile } = await value(backend.api.startPlayground({}))
  const bucket = 'pictures'
  where = { profileId: profile.id, bucket, prefix: 'media/' }
  await value(
    backend.api.createBucket({ profileId: profile.id, bucket, region: 'us-east-1', access: 'per-object' }),
  )
})
afterAll(() => backend.close())

async function select(files: Readonly<Record<string, Buffer | string>>) {
  for (const [name, content] of Object.entries(files)) await writeFile(join(backend.folder, name), content)
  const sources = Object.keys(files).map((name) => ({ path: join(backend.folder, name) }))
  return (await value(backend.api.registerDrop({ sources }))).selectionId
}

test('which pictures lose their metadata, and which files cannot, is said before anything is sent', async () => {
  const selectionId = await select({
    'a.jpg': phoneJpeg(),
    'b.png': placedPng(),
    'c.heic': Buffer.from('\0\0\0\x18ftypheic', 'latin1'),
    'd.jpg': 'text',
    'e.css': 'body{}',
    'f.jpg': phoneJpeg().subarray(0, 300),
  })
  const asked = { ...where, selectionId, naming: { template: null, clean: 'as-is' as const } }
  const how = { leaveOutEmpty: false, lookForExisting: false }
  const plan = await value(backend.api.planUpload({ ...asked, ...how, stripMetadata: true }))
  expect(plan).toMatchObject({ files: 6, stripped: 2, counts: { 'metadata-stays': 3 }, fixable: false })
  expect(plan.rows.slice(0, 3)).toMatchObject([
    {
      name: 'c.heic',
      troubles: ['metadata-stays'],
      reason: 'Pail cannot remove the metadata of a HEIC picture.',
    },
    { name: 'd.jpg', troubles: ['metadata-stays'] },
    {
      name: 'f.jpg',
      troubles: ['metadata-stays'],
      reason: 'It is a damaged JPEG: Pail cannot tell where its metadata are. It will not be sent.',
    },
  ])
  const other = await value(backend.api.planUpload({ ...asked, ...how }))
  expect(other).toMatchObject({ stripped: 0, counts: {} })
})

test('a replacement is planned under its key: what would stay in it is said, of its name there is nothing new', async () => {
  const selectionId = await select({ 'new.heic': Buffer.from('\0\0\0\x18ftypheic', 'latin1') })
  const naming = { template: null, clean: 'django' } as const
  const key = 'media/aux #1?.jpg'
  const asked = { ...where, naming, leaveOutEmpty: false, lookForExisting: true, replaceKey: key }
  const plan = await value(backend.api.planUpload({ ...asked, selectionId, stripMetadata: true }))
  expect(plan).toMatchObject({
    files: 1,
    rows: [{ name: 'new.heic', key, troubles: ['metadata-stays'] }],
    counts: { 'metadata-stays': 1 },
    warnings: [],
    fixable: false,
  })
  const two = await select({ 'a.jpg': phoneJpeg(1), 'b.jpg': phoneJpeg(1) })
  expect(await codeOf(backend.api.planUpload({ ...asked, selectionId: two }))).toBe('invalid-argument')
})

test('the key of the bytes is that of what is sent, and the report counts what was stripped', async () => {
  const selectionId = await select({ 'photo.jpg': phoneJpeg(6), 'plain.txt': 'text' })
  const more = { cacheControl: null, baseUrl: null, linkExpirySeconds: 60 }
  const naming = { template: '{hash8}.{ext}', clean: 'as-is' } as const
  const upload = async (visibility: 'public' | 'private') => {
    await value(
      backend.api.startUpload({
        ...where,
        ...more,
        selectionId,
        visibility,
        onConflict: 'overwrite',
        naming,
        stripMetadata: 'always',
      }),
    )
    return backend.uploadReport()
  }
  const key = (bytes: Buffer | string) => createHash('md5').update(bytes).digest('hex').slice(0, 8)
  const [sent, text] = [strippedPhoneJpeg(6), 'text']
  expect(await upload('public')).toMatchObject({
    uploaded: 2,
    stripped: 1,
    databaseValues: [`${key(sent)}.jpg`, `${key(text)}.txt`],
  })
  const conflicts = async (stripMetadata: boolean) =>
    (await value(backend.api.findConflicts({ ...where, selectionId, naming, stripMetadata }))).keys
  expect((await conflicts(true)).toSorted()).toEqual(
    [`media/${key(sent)}.jpg`, `media/${key(text)}.txt`].toSorted(),
  )
  expect(await conflicts(false)).toEqual([`media/${key(text)}.txt`])
  const own = await upload('private')
  expect(own).toMatchObject({ uploaded: 2, stripped: 0 })
  expect(own.databaseValues?.[0]).toBe(`${key(phoneJpeg(6))}.jpg`)
  const { profileId, bucket } = where
  const details = async (name: string) =>
    value(backend.api.getObjectDetails({ profileId, bucket, key: `media/${name}` }))
  expect((await details(`${key(sent)}.jpg`)).sizeBytes).toBe(sent.byteLength)
})
