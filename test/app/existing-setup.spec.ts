import { expect } from 'playwright/test'
import { lookAt } from './accessible.ts'
import { connect } from './profile-steps.ts'
import { test } from './service.ts'
import * as window from './window-steps.ts'

const bucket = 'sibtc-assets'

test('a bucket that is there gets what it lacks, and that is taken back', async ({ host, service }) => {
  const { page } = host
  await service.createBucket(bucket, 'per-object')
  await service.put(bucket, 'media/private/contract.txt', 'secret')
  await connect(host, { name: 'Agency', endpoint: service.endpoint })
  await window.openBucket(page, bucket)
  await page
    .getByRole('region', { name: 'Buckets' })
    .getByRole('button', { name: bucket, exact: true })
    .click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Set up for a website…' }).click()
  const dialog = page.getByRole('dialog', { name: `Set up ${bucket} for a website` })
  await dialog.getByRole('button', { name: 'Show the plan…' }).click()
  const there = page.getByRole('dialog', { name: `Set up ${bucket}`, exact: true })
  const needed = there.getByRole('list', { name: 'Calls' })
  await expect(needed.getByRole('listitem').getByText(/^Put/)).toHaveText([
    'PutBucketPolicy',
    'PutBucketCors',
    'PutBucketLifecycleConfiguration',
  ])
  await needed.getByText('What is sent, and how it is undone').first().click()
  await expect(needed.getByRole('region', { name: 'What PutBucketPolicy replaces' })).toContainText(
    'Nothing is set.',
  )
  await lookAt(host, '41-setup-existing')
  await there.getByRole('button', { name: 'Set up bucket' }).click()
  await expect(there.getByText(`${bucket} is ready`)).toBeVisible()
  await service.put(bucket, 'static/a.css', 'a')
  expect((await fetch(`${service.endpoint}/${bucket}/static/a.css`)).status).toBe(200)
  expect((await fetch(`${service.endpoint}/${bucket}/media/private/contract.txt`)).status).toBe(403)
  await there.getByRole('button', { name: 'Undo', exact: true }).click()
  const undone = page.getByRole('dialog', { name: 'Undone' })
  await expect(undone.getByRole('listitem')).toHaveCount(3)
  await page.keyboard.press('Escape')
  await expect(undone).toBeHidden()
  expect((await fetch(`${service.endpoint}/${bucket}/static/a.css`)).status).toBe(403)
  const places = page.getByRole('list', { name: `Destinations in ${bucket}` })
  await expect(places.getByRole('button', { name: 'Static (public)', exact: true })).toBeVisible()
  expect(host.complaints.filter((complaint) => !/axe/i.test(complaint))).toEqual([])
})
