import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { getObjectToFile } from '../../src-main/s3/get-object.ts'
import { headObject } from '../../src-main/s3/head-object.ts'
import { identifyFile } from '../../src-main/s3/local-source.ts'
import type { EndedBatch } from '../../src-main/transfers/batch.ts'
import { createTransferQueue } from '../../src-main/transfers/queue.ts'
import { createSelectionStore } from '../../src-main/transfers/selection-store.ts'
import { openTransferJournal } from '../../src-main/transfers/transfer-journal.ts'
import type { TransferQueue } from '../../src-main/transfers/transfer-queue.ts'
import type { UploadRequest } from '../../src-main/transfers/upload-one.ts'
import { uploadOne } from '../../src-main/transfers/upload-one.ts'
import { largePhoneJpeg, phoneJpeg, secretPlace, strippedPhoneJpeg } from '../pictures/made-pictures.ts'
import type { PlaygroundForTest } from './playground-for-test.ts'
import { startPlaygroundForTest } from './playground-for-test.ts'

let place: PlaygroundForTest
let folder: string
beforeAll(async () => {
  place = await startPlaygroundForTest()
  folder = await mkdtemp(join(tmpdir(), 'pail-stripped-'))
})
afterAll(async () => {
  await place.close()
  await rm(folder, { recursive: true })
})

async function write(name: string, content: Buffer | string) {
  const path = join(folder, name)
  await writeFile(path, content)
  const identity = await identifyFile(path)
  return { name, path, sizeBytes: identity.sizeBytes, identity }
}

async function stored(key: string): Promise<Buffer> {
  const targetPath = join(folder, `down-${randomUUID()}`)
  await getObjectToFile(place.session, { bucket: place.open, key, targetPath })
  return readFile(targetPath)
}

describe('a picture with a place in it', () => {
  const upload = async (more: Pick<UploadRequest, 'wantedKey' | 'file'> & Partial<UploadRequest>) => {
    const sizes: number[] = []
    const before = place.requests.length
    const end = await uploadOne(place.session, {
      bucket: place.open,
      key: more.wantedKey,
      visibility: 'public',
      onConflict: 'keep-both',
      stripMetadata: 'always',
      cacheControl: null,
      triedSince: null,
      signal: new AbortController().signal,
      onKey: () => undefined,
      onProgress: () => undefined,
      onSize: (sizeBytes) => void sizes.push(sizeBytes),
      ...more,
    })
    const sent = place.requests.slice(before).filter(({ method }) => method === 'PUT').length
    return { end, sizes, sent }
  }

  it('is public without it, says so, and stays on the disk as it was', async () => {
    const file = await write('photo.jpg', phoneJpeg(6))
    const { end, sizes } = await upload({ wantedKey: 'photo.jpg', file })
    expect(end).toMatchObject({ state: 'done', isStripped: true })
    expect(end.note).toContain('Metadata removed')
    const wanted = strippedPhoneJpeg(6)
    expect(await stored('photo.jpg')).toEqual(wanted)
    expect(sizes).toEqual([wanted.byteLength])
    expect(await readFile(file.path)).toEqual(phoneJpeg(6))
    expect(await identifyFile(file.path)).toEqual(file.identity)
  })

  it('is private with it, whatever the destination says, and public with it where nobody asked', async () => {
    const file = await write('own.jpg', phoneJpeg(1))
    expect((await upload({ wantedKey: 'own.jpg', file, visibility: 'private' })).end).toMatchObject({
      note: null,
    })
    expect(await stored('own.jpg')).toEqual(phoneJpeg(1))
    await upload({ wantedKey: 'as-is.jpg', file, stripMetadata: null })
    expect(await stored('as-is.jpg')).toEqual(phoneJpeg(1))
  })

  it('is recognised without it when it is there already', async () => {
    const file = await write('again.jpg', phoneJpeg(3))
    expect((await upload({ wantedKey: 'again.jpg', file, reuseIdentical: true })).sent).toBe(1)
    const again = await upload({ wantedKey: 'again.jpg', file, reuseIdentical: true })
    expect(again).toMatchObject({ sent: 0, end: { state: 'done', isStripped: false } })
    // An answer that was lost: what is there is this very upload.
    const lost = await upload({ wantedKey: 'again.jpg', file, triedSince: Date.now() - 1000 })
    expect(lost.end).toMatchObject({ state: 'done', isStripped: true })
    expect(lost.end.note).not.toContain('Kept beside')
  })

  it('is not sent when it cannot be removed; of a kind that Pail does not take apart only when it was agreed', async () => {
    const heic = await write('a.heic', Buffer.from(`\0\0\0\x18ftypheic${secretPlace}`, 'latin1'))
    const damaged = await write('b.jpg', phoneJpeg().subarray(0, 200))
    const refused = { error: { code: 'metadata-stays', retryable: false } }
    await expect(upload({ wantedKey: 'a.heic', file: heic })).rejects.toMatchObject(refused)
    for (const stripMetadata of ['always', 'where-possible'] as const)
      await expect(upload({ wantedKey: 'b.jpg', file: damaged, stripMetadata })).rejects.toMatchObject(
        refused,
      )
    for (const key of ['a.heic', 'b.jpg'])
      expect(await headObject(place.session, { bucket: place.open, key })).toBeNull()
    const { end } = await upload({ wantedKey: 'a.heic', file: heic, stripMetadata: 'where-possible' })
    expect(end).toMatchObject({ state: 'done', isStripped: false })
    expect(end.note).toContain('It was sent as it is')
    expect(await stored('a.heic')).toEqual(await readFile(heic.path))
  })
})

it('an upload in parts of a picture without its metadata goes on after Pail was closed', async () => {
  const { whole: large, stripped: wanted } = largePhoneJpeg(40_000_000)
  const file = await write('large.jpg', large)
  const ended: EndedBatch[] = []
  const start = async (): Promise<TransferQueue> => {
    const journal = await openTransferJournal({
      directory: join(folder, 'transfers'),
      name: 'app',
      lock: async () => async () => undefined,
    })
    if (journal === null) throw new Error('in use')
    return createTransferQueue({
      session: () => Promise.resolve(place.session),
      journal,
      onSnapshot: () => undefined,
      onBatchEnded: (batch) => void ended.push(batch),
    })
  }
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await setTimeout(1)
  }
  const parts = () => place.requests.filter(({ operation }) => operation === 'UploadPart').length
  const first = await start()
  const selections = createSelectionStore()
  const { selectionId } = await selections.register([file.path])
  await first.upload({
    profileId: 'p',
    bucket: place.open,
    prefix: '',
    files: selections.get(selectionId),
    visibility: 'public',
    onConflict: 'keep-both',
    stripMetadata: 'always',
    cacheControl: null,
    baseUrl: null,
    linkExpirySeconds: 3600,
  })
  await until(() => parts() > 0)
  expect(first.snapshot().totalBytes).toBe(wanted.byteLength)
  await first.close()
  expect(ended).toEqual([])
  const second = await start()
  expect(second.restore()).toBe(1)
  await until(() => ended.length === 1)
  expect(ended[0]).toMatchObject({ done: 1, stripped: 1, keys: ['large.jpg'] })
  await second.close()
  expect((await stored('large.jpg')).equals(wanted)).toBe(true)
  const begun = place.requests.filter(({ operation }) => operation === 'CreateMultipartUpload')
  expect(begun).toHaveLength(1)
  // Those under way when it was closed are sent once more at most.
  expect(parts()).toBeLessThanOrEqual(5 + 4)
})
