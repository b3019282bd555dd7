import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DeletePublicAccessBlockCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3'
import { expect } from 'playwright/test'
import { expectAccessible } from './accessible.ts'
import * as profiles from './profile-steps.ts'
import { canary, test } from './service.ts'
import * as window from './window-steps.ts'

const bucket = 'sibtc-assets'

test('S45 the files of a drop have their badges without being touched, and what everybody can read is named', async ({
  host,
  service,
  workFolder,
}) => {
  const { page } = host
  const names = ['a first', 'b open', 'c plan', 'd open', 'e last']
  const paths = await Promise.all(
    names.map(async (name) => {
      const path = join(workFolder, `${name}.txt`)
      await writeFile(path, name)
      return path
    }),
  )
  await service.createBucket(bucket)
  const client = new S3Client({
    endpoint: service.endpoint,
    region: service.region,
    forcePathStyle: true,
    credentials: { ...canary },
  })
  await client.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }))
  // Somebody has opened some of what is to be private, neither the first file nor the last one; under a condition, so
  // that it is not known for certain before it is sent.
  const Resource = ['b', 'd'].map((letter) => `arn:aws:s3:::${bucket}/media/private/${letter}*`)
  const Condition = { Bool: { 'aws:SecureTransport': 'false' } }
  const opened = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource, Condition }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [opened] })
  await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }))
  client.destroy()
  await profiles.connect(host, { name: 'Agency', endpoint: service.endpoint })
  await window.openBucket(page, bucket)
  await page.getByRole('button', { name: 'New destination' }).click()
  await page.getByRole('menuitem', { name: 'Private media' }).click()
  await page.getByRole('button', { name: 'Create destination' }).click()
  await expect(page.getByRole('button', { name: 'Edit destination' })).toBeVisible()

  await host.drop(paths)
  const told = page.getByText('Everybody can read 2 files uploaded as private').first()
  await expect(told).toBeVisible()
  const toast = page.locator('.toast-error')
  await expect(toast).toContainText('b open.txt')
  await expect(toast).toContainText('d open.txt')
  await expect(toast).toHaveCount(1)

  const grid = page.getByRole('grid', { name: 'Media' })
  for (const name of names) {
    // What anybody gets, asked by the test itself.
    const { status } = await fetch(
      `${service.endpoint}/${bucket}/media/private/${encodeURIComponent(`${name}.txt`)}`,
    )
    const row = grid.getByRole('row').filter({ hasText: name })
    await expect(row.getByText(status === 200 ? 'Public' : 'Private', { exact: true })).toBeVisible()
    await expect(row.getByTitle(new RegExp(`^checked .*: ${status} to the public$`))).toBeVisible()
    expect(status).toBe(name.endsWith('open') ? 200 : 403)
  }
  for (const scheme of ['light', 'dark'] as const)
    await window.onePicture(host, 'badges-after-drop', { width: 1280, height: 800, scheme })
  await page.emulateMedia({ colorScheme: 'light' })
  await expectAccessible(host, 'badges after a drop')
  expect(host.complaints).toEqual([])
})
