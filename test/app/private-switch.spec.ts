import { expect } from 'playwright/test'
import { minio, startProvider } from '../backend/provider-double.ts'
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
