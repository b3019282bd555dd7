import { expect } from 'playwright/test'
import { minio, startProvider } from '../backend/provider-double.ts'
import { lookAt } from './accessible.ts'
import {
  bareAt,
  bareOf,
  confirm,
  expectBadge,
  fill,
  type Kind,
  kindsOf,
  makeProfile,
  other,
  select,
} from './private-switch-steps.ts'
import { test } from './service.ts'
import * as window from './window-steps.ts'

test('the private switch, by mouse: the badge is what somebody without keys is answered', async ({
  host,
  service,
}) => {
  const { page } = host
  const atService = await kindsOf(service)
  const double = await startProvider('minio-media', minio)
  fill(double)

  await makeProfile(host, { name: 'Agency', provider: 'other', endpoint: service.endpoint, bucketNames: [] })
  const { endpoint } = double.server
  await makeProfile(host, { name: 'Own MinIO', provider: 'minio', endpoint, bucketNames: ['minio-media'] })
  await page.reload()
  const dialog = window.openDialog(page)
  const makePublic = () => window.inspector(page).getByRole('button', { name: 'Make public…' }).click()

  for (const kind of [
    ...atService,
    { profile: 'Own MinIO', bucket: 'minio-media', bare: bareAt(double, 'minio-media') },
  ]) {
    await test.step(kind.bucket, async () => {
      await select(host, kind)
      await expectBadge(host, kind, 'Private')
      await makePublic()
      await confirm(dialog, 'public', kind.bucket)
      await expectBadge(host, kind, 'Public')
      expect(await kind.bare(other)).toBe(403)
      await window.makePrivate(page)
      // An ACL is taken back at once; a policy is shown first.
      if (kind.bucket !== 'acl-media') await confirm(dialog, 'private', kind.bucket)
      await expectBadge(host, kind, 'Private')
    })
  }

  await test.step('Block Public Access', async () => {
    const kind: Kind = { ...atService[0]!, bucket: 'blocked-media', bare: bareOf(service, 'blocked-media') }
    await select(host, kind)
    await makePublic()
    await expect(dialog).toContainText('BlockPublicPolicy')
    await expect(dialog.getByRole('button', { name: 'Make public' })).toBeDisabled()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await expectBadge(host, kind, 'Private')
  })
  await double.server.close()
  expect(host.complaints).toEqual([])
})

test('S44 one object of a public media folder becomes private, and the others stay public', async ({
  host,
  service,
}) => {
  const { page } = host
  const bucket = 'opened-media'
  await service.createBucket(bucket, 'policy')
  const names = ['photo.txt', 'price list.txt']
  for (const name of names) await service.put(bucket, `media/${name}`, name)
  // As a site was set up by hand: not a statement of Pail's.
  await service.setPolicy(bucket, [
    {
      Sid: 'PublicMedia',
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${bucket}/media/*`,
    },
  ])
  const statuses = () =>
    Promise.all(
      names.map(
        async (name) =>
          (await fetch(`${service.endpoint}/${bucket}/media/${encodeURIComponent(name)}`)).status,
      ),
    )
  await makeProfile(host, { name: 'Agency', provider: 'other', endpoint: service.endpoint, bucketNames: [] })
  await page.reload()
  await window.openBucket(page, bucket)
  await window.row(page, 'media').dblclick()
  await window.selectObject(page, 'photo')
  const badge = window.inspector(page).getByRole('region', { name: 'Visibility' })
  const dialog = window.openDialog(page)
  await expect(badge.locator('.visibility-word')).toHaveText('Public')
  expect(await statuses()).toEqual([200, 200])

  await window.makePrivate(page)
  await expect(dialog).toContainText('statement “PublicMedia”')
  await expect(dialog).toContainText('"Sid":"PailKeepPrivate"')
  await expect(dialog).toContainText(`arn:aws:s3:::${bucket}/media/photo.txt`)
  await expect(dialog).toContainText('One statement of somebody else’s stays as it is, byte for byte.')
  await lookAt(host, '92-private-in-a-public-folder')
  await confirm(dialog, 'private', bucket)
  await expect(badge.locator('.visibility-word')).toHaveText('Private')
  await expect(badge).toContainText('403 to the public')
  expect(await statuses()).toEqual([403, 200])
  // A link that ends is signed by the owner, and goes on working.
  await window.copyLink(page, 'photo', '1 hour')
  await expect.poll(() => host.clipboard()).toContain('X-Amz-Signature')
  expect(await (await fetch(await host.clipboard())).text()).toBe('photo.txt')
  await lookAt(host, '93-kept-private')

  await window.inspector(page).getByRole('button', { name: 'Make public…' }).click()
  await expect(dialog).toContainText('Pail’s own Deny in the policy, which keeps it private, goes for it.')
  await confirm(dialog, 'public', bucket)
  await expect(badge.locator('.visibility-word')).toHaveText('Public')
  expect(await statuses()).toEqual([200, 200])
  expect(host.complaints).toEqual([])
})
