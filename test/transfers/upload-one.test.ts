import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { identifyFile } from '../../src-main/s3/local-source.ts'
import { uploadFile } from '../../src-main/s3/upload-file.ts'
import { hasSameBytes } from '../../src-main/transfers/same-bytes.ts'
import type { UploadRequest } from '../../src-main/transfers/upload-one.ts'
import { alternativeKey, uploadOne } from '../../src-main/transfers/upload-one.ts'
import type { PlaygroundForTest } from './playground-for-test.ts'
import { startPlaygroundForTest } from './playground-for-test.ts'

describe('alternativeKey', () => {
  it('is the name that Django would give', () => {
    expect(alternativeKey('media/a.tar.gz')).toMatch(/^media\/a\.tar_[A-Za-z0-9]{7}\.gz$/)
  })

  it('stays within 1,024 bytes, keeps folder and extension, and cuts no character in two', () => {
    for (const letter of ['x', 'ä', '🪣']) {
      const key = `m/${letter.repeat(Math.floor(1018 / Buffer.byteLength(letter)))}.jpg`
      const other = alternativeKey(key)
      expect(Buffer.byteLength(other)).toBeLessThanOrEqual(1024)
      expect(other).toMatch(new RegExp(`^m/(${letter})+_[A-Za-z0-9]{7}\\.jpg$`, 'u'))
    }
  })

  it('never gives the key itself', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40 }), (key) => {
        expect(alternativeKey(key)).not.toBe(key)
      }),
    )
  })
})

describe('“identical bytes are there already”', () => {
  let place: PlaygroundForTest
  let folder: string
  beforeAll(async () => {
    place = await startPlaygroundForTest()
    folder = await mkdtemp(join(tmpdir(), 'pail-reuse-'))
  })
  afterAll(async () => {
    await place.close()
    await rm(folder, { recursive: true })
  })

  const file = async (name: string, content: string | Buffer) => {
    const path = join(folder, name)
    await writeFile(path, content)
    const identity = await identifyFile(path)
    return { name, path, sizeBytes: identity.sizeBytes, identity }
  }
  const upload = async (more: Pick<UploadRequest, 'wantedKey' | 'file'> & Partial<UploadRequest>) => {
    const keys: string[] = []
    const before = place.requests.length
    const end = await uploadOne(place.session, {
      bucket: place.open,
      key: more.wantedKey,
      visibility: 'private',
      onConflict: 'keep-both',
      reuseIdentical: true,
      cacheControl: null,
      triedSince: null,
      signal: new AbortController().signal,
      onKey: (key) => void keys.push(key),
      onProgress: () => undefined,
      ...more,
    })
    const sent = place.requests.slice(before).filter(({ method }) => method === 'PUT').length
    return { end, key: keys.at(-1), sent }
  }

  it('uses the key again, and sends nothing', async () => {
    const wantedKey = 'same/photo.jpg'
    expect(await upload({ wantedKey, file: await file('a.jpg', 'the same') })).toMatchObject({ sent: 1 })
    for (const onConflict of ['keep-both', 'overwrite', 'skip', 'fail'] as const) {
      const again = await upload({ wantedKey, file: await file('b.jpg', 'the same'), onConflict })
      expect(again).toMatchObject({ end: { state: 'done', isReused: true }, key: wantedKey, sent: 0 })
      expect(again.end.note).toContain('The very same file is there already')
    }
  })

  it('keeps both when only the size is the same', async () => {
    const wantedKey = 'other/photo.jpg'
    await upload({ wantedKey, file: await file('c.jpg', 'content 1') })
    const other = await upload({ wantedKey, file: await file('d.jpg', 'content 2') })
    expect(other.key).toMatch(/^other\/photo_[A-Za-z0-9]{7}\.jpg$/)
    expect(other.end.note).toContain('Kept beside the file of the same name')
    expect(other.end.isReused).toBe(false)
  })

  it('does not look unless the destination says so', async () => {
    const wantedKey = 'off/photo.jpg'
    await upload({ wantedKey, file: await file('e.jpg', 'again') })
    const kept = await upload({ wantedKey, file: await file('f.jpg', 'again'), reuseIdentical: false })
    expect(kept.key).not.toBe(wantedKey)
  })

  it('knows the ETag of parts', async () => {
    const bytes = Buffer.alloc(6 * 1024 * 1024, 'parts')
    const big = await file('big.bin', bytes)
    await uploadFile(place.session, {
      bucket: place.open,
      key: 'parts.bin',
      path: big.path,
      sizeBytes: big.sizeBytes,
      headers: {},
      thresholdBytes: 1,
      partSizeBytes: 5 * 1024 * 1024,
    })
    expect(await upload({ wantedKey: 'parts.bin', file: big })).toMatchObject({ key: 'parts.bin', sent: 0 })
  })

  it('claims nothing where nothing can be compared', async () => {
    const one = await file('g.jpg', 'bytes')
    const head = { sizeBytes: one.sizeBytes, eTag: '"opaque"', checksum: null }
    expect(await hasSameBytes(one, head)).toBe(false)
    expect(await hasSameBytes(one, { ...head, checksum: 'CRC32=AAAAAA==' })).toBe(false)
    // printf bytes | openssl dgst -sha256 -binary | base64
    const sha256 = 'J3CJ2RwL308uaGK6fkoHYFEZQx9dE/cm3TUrBvGyBqk='
    expect(await hasSameBytes(one, { ...head, checksum: `SHA256=${sha256}` })).toBe(true)
    expect(await hasSameBytes(one, { ...head, checksum: `SHA256=${sha256}-2` })).toBe(false)
  })

  it('F11 takes a short checksum only for what was sent here just now, and only where KMS hides the MD5', async () => {
    const one = await file('i.jpg', 'bytes')
    // python3 -c 'import zlib,base64; print(base64.b64encode(zlib.crc32(b"bytes").to_bytes(4, "big")))'
    const told = { sizeBytes: one.sizeBytes, eTag: `"${'0'.repeat(32)}"`, checksum: 'CRC32=sZlDzg==' }
    const hidden = { ...told, serverSideEncryption: 'aws:kms' }
    const ours = { isOurs: true }
    expect(await hasSameBytes(one, hidden, undefined, ours)).toBe(true)
    expect(await hasSameBytes(one, { ...hidden, checksum: 'CRC32=AAAAAA==' }, undefined, ours)).toBe(false)
    expect(await hasSameBytes(one, hidden)).toBe(false)
    expect(await hasSameBytes(one, told, undefined, ours)).toBe(false)
  })

  it('a file without a name for its key fails with the reason', async () => {
    await expect(
      upload({ wantedKey: 'x', file: await file('h.jpg', ''), nameProblem: 'Nothing is left of the name.' }),
    ).rejects.toMatchObject({ error: { code: 'invalid-argument', message: 'Nothing is left of the name.' } })
  })
})
