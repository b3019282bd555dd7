import { symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { syncRowSchema } from '../../src-preload/contract/sync-plan.ts'
import { type SyncFixture, allRows, changes, startSyncFixture } from './sync-fixture.ts'

let fixture: SyncFixture

beforeEach(async () => {
  fixture = await startSyncFixture()
})
afterEach(() => fixture.close())

const site = {
  'index.html': '<!doctype html>',
  'css/site.css': 'body{}',
  'img/dot.png': Buffer.from([137, 80, 78, 71]),
  'empty.txt': '',
}

describe('sync of a folder', () => {
  test('sends everything, with its headers, and then has nothing to do', async () => {
    await fixture.write(site)
    const planned = await fixture.plan({}, { prefix: 'static/' })
    expect(changes(planned)).toEqual([
      'upload new static/css/site.css',
      'upload new static/empty.txt',
      'upload new static/img/dot.png',
      'upload new static/index.html',
    ])
    expect(planned.counts).toEqual({
      upload: 4,
      updateHeaders: 0,
      delete: 0,
      skip: 0,
      foreign: 0,
      blocked: 0,
      bytes: 25,
    })
    for (const row of planned.rows) expect(() => syncRowSchema.parse(row)).not.toThrow()
    const outcome = await fixture.apply(planned)
    expect(outcome).toEqual({
      uploaded: 4,
      updatedHeaders: 0,
      deleted: 0,
      skipped: 0,
      bytes: 25,
      cancelled: false,
      failed: [],
      untried: 0,
      deletesWithheld: null,
      releaseId: null,
    })
    expect(await fixture.body('static/css/site.css')).toBe('body{}')
    expect(await fixture.head('static/css/site.css')).toMatchObject({
      contentType: 'text/css; charset=utf-8',
      cacheControl: 'max-age=86400',
    })
    expect(await fixture.head('static/img/dot.png')).toMatchObject({ contentType: 'image/png' })

    fixture.countRequests()
    const second = await fixture.plan({}, { prefix: 'static/' })
    expect(changes(second)).toEqual([])
    expect(second.counts).toMatchObject({ skip: 4, upload: 0, bytes: 0 })
    expect(await fixture.apply(second)).toMatchObject({ uploaded: 0, skipped: 4 })
    // Nothing is remembered here, so the bucket is asked whether its objects may be open.
    expect(fixture.countRequests()).toEqual({
      ListObjectsV2: 1,
      HeadObject: 4,
      GetBucketOwnershipControls: 1,
    })
  })

  test('an edit of the same size is caught, a touched file is not sent', async () => {
    await fixture.write(site)
    await fixture.apply(await fixture.plan())
    await fixture.write({ 'css/site.css': 'html{}' })
    await utimes(join(fixture.folder, 'index.html'), new Date(), new Date(Date.now() + 60_000))
    expect(changes(await fixture.plan())).toEqual(['upload content-differs css/site.css'])
    await fixture.write({ 'css/site.css': 'html{ }' })
    const planned = await fixture.plan()
    expect(changes(planned)).toEqual(['upload size-differs css/site.css'])
    await fixture.apply(planned)
    expect(await fixture.body('css/site.css')).toBe('html{ }')
  })

  test('an upload in parts keeps its MD5, so that the next plan is empty', async () => {
    await fixture.write({ 'film.mp4': Buffer.alloc(9 * 1024 * 1024, 7) })
    await fixture.apply(await fixture.plan())
    const head = await fixture.head('film.mp4')
    expect(head?.eTag).toMatch(/-2"$/)
    expect(head?.metadata['pail-md5']).toMatch(/^[0-9a-f]{32}$/)
    expect(changes(await fixture.plan())).toEqual([])
    const edited = Buffer.alloc(9 * 1024 * 1024, 7)
    edited[0] = 8
    await fixture.write({ 'film.mp4': edited })
    expect(changes(await fixture.plan())).toEqual(['upload content-differs film.mp4'])
  })

  test('what cannot be compared is sent once, and can be compared from then on', async () => {
    const body = Buffer.from('0123456789')
    await fixture.write({ 'a.bin': body })
    // A multipart ETag whose part size nobody can guess: a single part of ten bytes is not -1 of any common size…
    const client = await fixture.session.client(fixture.bucket)
    const { CreateMultipartUploadCommand, UploadPartCommand, CompleteMultipartUploadCommand } =
      await import('@aws-sdk/client-s3')
    const where = { Bucket: fixture.bucket, Key: 'a.bin' }
    const { UploadId } = await client.send(
      // Of parts, and so no checksum of the whole.
      new CreateMultipartUploadCommand({ ...where, ChecksumAlgorithm: 'SHA256' }),
    )
    const part = await client.send(
      new UploadPartCommand({
        ...where,
        UploadId,
        PartNumber: 1,
        Body: Buffer.from('9876543210'),
        ChecksumAlgorithm: 'SHA256',
      }),
    )
    await client.send(
      new CompleteMultipartUploadCommand({
        ...where,
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag: part.ETag, ChecksumSHA256: part.ChecksumSHA256 }] },
      }),
    )
    const planned = await fixture.plan()
    expect(changes(planned)).toEqual(['upload unverified a.bin'])
    await fixture.apply(planned)
    expect(changes(await fixture.plan())).toEqual([])
    expect(await fixture.body('a.bin')).toBe('0123456789')
  })

  test('S48: photos/ never touches photos-2024/', async () => {
    await fixture.write({ 'a.txt': 'a' })
    await fixture.publish({ 'old.jpg': 'x' }, 'photos/')
    await fixture.put('photos-2024/keep.jpg', 'x')
    await fixture.put('photos', 'x')
    const planned = await fixture.plan({ removeRemoteOnly: true }, { prefix: 'photos/' })
    expect(changes(planned)).toEqual(['upload new photos/a.txt', 'delete remote-only photos/old.jpg'])
    expect(await fixture.apply(planned)).toMatchObject({ deleted: 1, deletesWithheld: null })
    expect(await fixture.keys()).toEqual(['photos', 'photos-2024/keep.jpg', 'photos/a.txt'])
  })

  test.each(['photos', '/photos/', '../', 'a/../b/'])('S48: the prefix %j is refused', async (prefix) => {
    await fixture.write({ 'a.txt': 'a' })
    await expect(fixture.plan({}, { prefix })).rejects.toMatchObject({ error: { code: 'invalid-argument' } })
  })

  test('remote-only objects stay unless removal is asked for; folder markers stay always', async () => {
    await fixture.write({ 'a/x.txt': 'x' })
    await fixture.put('a/', '')
    await fixture.put('gone/', '')
    await fixture.publish({ 'gone/y.txt': 'y' })
    await fixture.put('full/', 'not a marker')
    await fixture.own(['full/'])
    expect(allRows(await fixture.plan())).toEqual([
      'upload new a/x.txt',
      'foreign folder-marker a/',
      'foreign folder-marker gone/',
      'skip remote-only full/',
      'skip remote-only gone/y.txt',
    ])
    const planned = await fixture.plan({ removeRemoteOnly: true })
    expect(changes(planned)).toEqual([
      'upload new a/x.txt',
      'delete remote-only full/',
      'delete remote-only gone/y.txt',
    ])
    await fixture.apply(planned)
    expect(await fixture.keys()).toEqual(['a/', 'a/x.txt', 'gone/'])
  })

  test('S51: secrets and litter are left out and named; patterns add and take back', async () => {
    await fixture.write({
      'index.html': 'x',
      '.env': 'SECRET=1',
      '.env.production': 'SECRET=1',
      '.envrc': 'x',
      '.git/config': 'x',
      'deep/node_modules/a/index.js': 'x',
      'deep/.DS_Store': 'x',
      'certs/server.KEY': 'x',
      'certs/server.pem': 'x',
      '.ssh/id_rsa': 'x',
      'id_rsa.old': 'x',
      '.aws/credentials': 'x',
      'Thumbs.db': 'x',
      'talk/slides.key': 'x',
      'draft/a.html': 'x',
      '.well-known/security.txt': 'x',
    })
    const planned = await fixture.plan({ exclude: ['!slides.key', 'draft/'] })
    expect(changes(planned)).toEqual([
      'upload new .well-known/security.txt',
      'upload new index.html',
      'upload new talk/slides.key',
      'blocked excluded .aws/',
      'blocked excluded .env',
      'blocked excluded .env.production',
      'blocked excluded .envrc',
      'blocked excluded .git/',
      'blocked excluded .ssh/',
      'blocked excluded Thumbs.db',
      'blocked excluded certs/server.KEY',
      'blocked excluded certs/server.pem',
      'blocked excluded deep/.DS_Store',
      'blocked excluded deep/node_modules/',
      'blocked excluded draft/',
      'blocked excluded id_rsa.old',
    ])
    expect(planned.warnings).toHaveLength(1)
    expect(planned.warnings[0]).toMatch(/secrets.*\.aws\/.*and 7 more/)
    expect(planned.warnings[0]).not.toContain('draft')
  })

  test('what is left out is never removed from the bucket either, and is told', async () => {
    await fixture.write({ 'index.html': 'x' })
    await fixture.put('.env', 'SECRET=1')
    await fixture.put('.git/config', 'x')
    await fixture.publish({ 'draft/a.html': 'x', 'other.html': 'x' })
    const planned = await fixture.plan({ removeRemoteOnly: true, exclude: ['draft/'] })
    expect(allRows(planned)).toEqual([
      'upload new index.html',
      'delete remote-only other.html',
      'foreign excluded .env',
      'foreign excluded .git/config',
      'skip excluded draft/a.html',
    ])
    expect(planned.warnings.join('\n')).toMatch(/bucket holds what looks like secrets.*\.env, \.git\/config/)
  })

  test('a link is reported, and what the bucket has below its name is kept (S50)', async () => {
    await fixture.write({ 'index.html': 'x' })
    await symlink('/etc', join(fixture.folder, 'img'))
    await symlink('/etc/passwd', join(fixture.folder, 'passwd'))
    await symlink('.', join(fixture.folder, 'loop'))
    await fixture.publish({ 'img/a.png': 'x' })
    await fixture.put('passwd', 'x')
    const planned = await fixture.plan({ removeRemoteOnly: true })
    expect(allRows(planned)).toEqual([
      'upload new index.html',
      'blocked symlink img',
      'blocked symlink loop',
      'blocked symlink passwd',
      'skip symlink img/a.png',
    ])
    expect(planned.counts.delete).toBe(0)
  })

  test('pages go after what they refer to, manifests last, removals at the very end', async () => {
    await fixture.write({
      'staticfiles.json': '{}',
      'index.html': 'x',
      'about/index.html': 'x',
      'app.js': 'x',
      'site.css': 'x',
      'site.0123456789ab.css': 'x',
      'logo.png': 'x',
    })
    await fixture.publish({ 'old.html': 'x' })
    const planned = await fixture.plan({ removeRemoteOnly: true })
    fixture.requests.length = 0
    await fixture.apply(planned)
    const order = fixture.requests
      .filter(({ method }) => method === 'PUT' || method === 'DELETE')
      .map(({ path }) => path.replace(`/${fixture.bucket}/`, ''))
    const stages = order.map((name) =>
      name === 'old.html'
        ? 9
        : name === 'staticfiles.json'
          ? 5
          : name.endsWith('.html')
            ? 4
            : /^(app.js|site.css)$/.test(name)
              ? 3
              : name === 'logo.png'
                ? 2
                : 1,
    )
    expect(order).toHaveLength(8)
    expect(stages).toEqual(stages.toSorted((a, b) => a - b))
  })

  test('progress adds up, with at most ten moments a second', async () => {
    await fixture.write(
      Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`f${i}.txt`, 'x'.repeat(i)])),
    )
    const seen: { state: string; filesDone: number; filesTotal: number; bytesDone: number }[] = []
    const planned = await fixture.plan({}, { onProgress: (moment) => seen.push(moment) })
    expect(seen.every(({ state }) => state === 'planning')).toBe(true)
    seen.length = 0
    const started = performance.now()
    await fixture.apply(planned, { onProgress: (moment) => seen.push(moment) })
    expect(seen.length).toBeLessThanOrEqual((performance.now() - started) / 100 + 2)
    expect(seen.at(-1)).toMatchObject({
      state: 'done',
      filesDone: 60,
      filesTotal: 60,
      bytesDone: planned.counts.bytes,
      bytesTotal: planned.counts.bytes,
    })
  })

  test('a file that is not there any more is reported by name', async () => {
    await fixture.write({ 'a.txt': 'a', 'b.txt': 'b' })
    const planned = await fixture.plan()
    await writeFile(join(fixture.folder, 'c.txt'), 'later')
    const { rm } = await import('node:fs/promises')
    await rm(join(fixture.folder, 'a.txt'))
    const outcome = await fixture.apply(planned)
    expect(outcome).toMatchObject({ uploaded: 1, failed: [{ key: 'a.txt', code: 'local-missing' }] })
    expect(await fixture.keys()).toEqual(['b.txt'])
  })
})
