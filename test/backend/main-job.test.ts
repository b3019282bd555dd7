import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { CreatedLink } from '../../src-preload/contract/presigned-url.ts'
import { linkInput } from '../links/link-input.ts'
import { everyLink, jobTargets, useJob } from './job-scene.ts'
import { codeOf, value } from './running-backend.ts'

describe.each(jobTargets)('the whole job without a window, on $name', (target) => {
  const run = test.skipIf(!target.isHere)
  const job = useJob(target, 'job')
  const { bucket, select, upload, keys } = job
  /** A link of one second. */
  let brief: CreatedLink
  // The keychain of this test is memory, and says so.
  const state = target.ceph ? 'session' : 'ready'

  run('a profile that works', async () => {
    await job.connect()
    const report = await value(job.backend.api.testConnection({ profileId: job.profileId }))
    expect(report.usable).toBe(true)
    expect(report.checks.map((check) => check.outcome)).toEqual(['ok', 'ok', 'ok', 'ok'])
    expect((await value(job.backend.api.listProfiles({})))[0]?.credentialState).toBe(state)
  })

  run('a bucket, created and listed', async () => {
    await value(
      job.backend.api.createBucket({
        profileId: job.profileId,
        bucket,
        region: 'us-east-1',
        access: 'per-object',
      }),
    )
    const list = await value(job.backend.api.listBuckets({ profileId: job.profileId }))
    expect(list.listed).toBe(true)
    expect(list.buckets.map((each) => each.name)).toContain(bucket)
    expect(
      await codeOf(
        job.backend.api.createBucket({
          profileId: job.profileId,
          bucket: 'No',
          region: 'us-east-1',
          access: 'private',
        }),
      ),
    ).toBe('invalid-bucket-name')
    expect(
      await codeOf(
        job.backend.api.createBucket({
          profileId: job.profileId,
          bucket,
          region: 'us-east-1',
          access: 'private',
        }),
      ),
    ).toBe('bucket-owned-by-you')
  })

  run('a public upload: its URL is on the clipboard and anybody can fetch it', async () => {
    const { selectionId } = await select(['team photo.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>'])
    const report = await upload(selectionId, { visibility: 'public', cacheControl: 'max-age=60' })
    expect(report).toMatchObject({ uploaded: 1, failed: 0, link: { kind: 'public', count: 1, endsAt: null } })
    const answer = await fetch(job.backend.copied.at(-1)!)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8')
    expect(answer.headers.get('cache-control')).toBe('max-age=60')
    expect(await answer.text()).toBe('<svg xmlns="http://www.w3.org/2000/svg"/>')
  })

  run('a private upload: an expiring link, and 403 without its signature', async () => {
    const { selectionId } = await select(['prices + more #1.txt', 'secret prices'])
    const report = await upload(selectionId)
    expect(report.link).toMatchObject({ kind: 'presigned', count: 1 })
    expect(Date.parse(report.link!.endsAt!) - Date.now()).toBeGreaterThan(3_500_000)
    const link = job.backend.copied.at(-1)!
    expect(await (await fetch(link)).text()).toBe('secret prices')
    expect((await fetch(link.split('?')[0]!)).status).toBe(403)
    const details = await value(
      job.backend.api.getObjectDetails({
        profileId: job.profileId,
        bucket,
        key: 'media/prices + more #1.txt',
      }),
    )
    expect(details).toMatchObject({ acl: 'private', visibility: { visibility: 'private', status: 403 } })
    const { links, live } = await value(job.backend.api.listLinks(everyLink))
    expect([links.length, live]).toEqual([2, 2])
    expect(links[0]).toMatchObject({ key: 'media/prices + more #1.txt', signingKey: { isTemporary: false } })
  })

  run('a link that was handed out is of no use once it is changed, or has ended', async () => {
    const key = 'media/prices + more #1.txt'
    const made = await value(
      job.backend.api.createLink(
        linkInput(
          { profileId: job.profileId, bucket, key },
          { expiresInSeconds: 60, copy: true, selfTest: true },
        ),
      ),
    )
    expect(made.test).toEqual({ outcome: 'works', status: 206, problem: null })
    expect(job.backend.copied.at(-1)).toBe(made.url)
    for (const [part, other] of [
      ['X-Amz-Expires=60', 'X-Amz-Expires=600'],
      ['prices%20', 'team%20photo'],
      [/X-Amz-Signature=./, 'X-Amz-Signature=g'],
    ] as const)
      expect((await fetch(made.url.replace(part, other))).status).toBe(403)

    brief = await value(
      job.backend.api.createLink(
        linkInput({ profileId: job.profileId, bucket, key }, { expiresInSeconds: 1 }),
      ),
    )
    expect(await (await fetch(brief.url)).text()).toBe('secret prices')

    // Nothing is handed out that does not work, unless it is wanted all the same.
    const dead = linkInput({ profileId: job.profileId, bucket, key: 'media/not there.txt' }, { copy: true })
    expect(await value(job.backend.api.createLink({ ...dead, selfTest: true }))).toMatchObject({
      test: { outcome: 'failed', status: 404, problem: { code: 'no-such-key' } },
      recordId: null,
    })
    expect(job.backend.copied.at(-1)).toBe(made.url)
    await value(job.backend.api.createLink(dead))
    expect(job.backend.copied.at(-1)).toContain('not%20there')
  })

  run('the private switch, both ways', async () => {
    const object = { profileId: job.profileId, bucket, key: 'media/team photo.svg' }
    expect((await value(job.backend.api.checkVisibility(object))).visibility).toBe('public')
    for (const visibility of ['private', 'public'] as const) {
      const { planId, objects } = await value(
        job.backend.api.planVisibility({
          profileId: job.profileId,
          bucket,
          keys: [object.key],
          prefixes: [],
          visibility,
        }),
      )
      const { checks } = await value(job.backend.api.applyVisibility({ planId, confirmedObjects: objects }))
      expect(checks).toMatchObject([{ key: object.key, visibility }])
    }
  })

  run('an existing key is never overwritten unasked', async () => {
    const { selectionId } = await select(['team photo.svg', 'another picture'])
    const conflicts = await value(
      job.backend.api.findConflicts({ profileId: job.profileId, bucket, prefix: 'media/', selectionId }),
    )
    expect(conflicts).toEqual({ keys: ['media/team photo.svg'], total: 1 })
    expect(await upload(selectionId)).toMatchObject({ uploaded: 0, failed: 1, link: null })
    expect(await upload(selectionId, { onConflict: 'skip' })).toMatchObject({ uploaded: 0, skipped: 1 })
    expect(await upload(selectionId, { onConflict: 'keep-both' })).toMatchObject({ uploaded: 1 })
    const all = await keys('media/')
    expect(
      all.some((key) =>
        /^media\/team_photo_[A-Za-z0-9]{7}\.svg$|^media\/team photo_[A-Za-z0-9]{7}\.svg$/.test(key),
      ),
    ).toBe(true)
    const link = await value(
      job.backend.api.createLink(
        linkInput(
          { profileId: job.profileId, bucket, key: 'media/team photo.svg' },
          { expiresInSeconds: 60 },
        ),
      ),
    )
    expect(await (await fetch(link.url)).text()).toContain('<svg')
  })

  run('a large file goes in parts and comes back the same', async () => {
    const content = Buffer.alloc(20 * 1024 * 1024, 'a long film ')
    const { selectionId } = await select(['film.mp4', content])
    expect(await upload(selectionId)).toMatchObject({ uploaded: 1 })
    const details = await value(
      job.backend.api.getObjectDetails({ profileId: job.profileId, bucket, key: 'media/film.mp4' }),
    )
    expect(details).toMatchObject({ sizeBytes: content.length, contentType: 'video/mp4' })
    expect(details.eTag).toMatch(/-\d+"?$/)
    const target = join(job.backend.folder, 'downloads')
    await mkdir(target, { recursive: true })
    const { folderId } = (await value(
      job.backend.api.chooseFolder({ purpose: 'download', typedPath: target }),
    ))!
    await value(
      job.backend.api.startDownload({
        profileId: job.profileId,
        bucket,
        keys: ['media/film.mp4'],
        prefixes: [],
        folderId,
      }),
    )
    await expect
      .poll(
        async () =>
          (await value(job.backend.api.listTransfers({}))).transfers.find(
            (each) => each.direction === 'download',
          )?.state,
        { timeout: 20_000 },
      )
      .toBe('done')
    const [name] = await readdir(target)
    expect((await readFile(join(target, name!))).equals(content)).toBe(true)
  })

  run('renaming copies and deletes, and refuses a name that is taken', async () => {
    const object = { profileId: job.profileId, bucket, key: 'media/prices + more #1.txt' }
    // The object is there, and its link of one second is not good any more.
    await expect.poll(async () => (await fetch(brief.url)).status, { timeout: 4000 }).toBe(403)
    expect(await codeOf(job.backend.api.renameObject({ ...object, newKey: 'media/team photo.svg' }))).toBe(
      'already-exists',
    )
    await value(job.backend.api.renameObject({ ...object, newKey: 'media/prices ü.txt' }))
    const after = await keys('media/prices')
    expect(after).toEqual(['media/prices ü.txt'])
    // Its links led to the old name.
    const { links } = await value(job.backend.api.listLinks({ ...everyLink, search: object.key }))
    expect(links.filter(({ revokedAt }) => revokedAt !== null)).not.toEqual([])
    expect(
      links.every(({ movedTo, endsAt }) => movedTo !== null || Date.parse(endsAt ?? '') < Date.now()),
    ).toBe(true)
  })

  run('deleting names and counts before it acts, and then an empty bucket can go', async () => {
    expect(await codeOf(job.backend.api.deleteBucket({ profileId: job.profileId, bucket }))).toBe(
      'bucket-not-empty',
    )
    expect(
      await codeOf(
        job.backend.api.planDelete({ profileId: job.profileId, bucket, keys: [], prefixes: ['static'] }),
      ),
    ).toBe('invalid-argument')
    const plan = await value(
      job.backend.api.planDelete({ profileId: job.profileId, bucket, keys: [], prefixes: ['media/'] }),
    )
    expect(plan.objects).toBe((await keys('media/')).length)
    expect(await value(job.backend.api.applyDelete({ planId: plan.planId }))).toEqual({
      deleted: plan.objects,
      failed: [],
    })
    expect(await codeOf(job.backend.api.applyDelete({ planId: plan.planId }))).toBe('not-found')
    await value(job.backend.api.deleteBucket({ profileId: job.profileId, bucket }))
    expect(
      (await value(job.backend.api.listBuckets({ profileId: job.profileId }))).buckets.map(
        (each) => each.name,
      ),
    ).not.toContain(bucket)
  })

  run('after a restart the profile is there and works', async () => {
    await job.backend.restart()
    const [profile] = await value(job.backend.api.listProfiles({}))
    expect(profile).toMatchObject({ id: job.profileId, credentialState: state })
    await value(job.backend.api.listBuckets({ profileId: job.profileId }))
    // And so are the links, of which all objects are gone by now.
    const { links, total, live } = await value(job.backend.api.listLinks({ ...everyLink, bucket }))
    expect([links.length > 5, links.length, live]).toEqual([true, total, 1])
    expect(links[0]?.key).toBe('media/not there.txt')
  })
})
