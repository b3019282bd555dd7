import { expect } from 'playwright/test'
import { inParallel } from '../../src-main/s3/in-parallel.ts'
import { connect } from './profile-steps.ts'
import { test } from './service.ts'
import * as window from './window-steps.ts'

const bucket = 'sibtc-papers'
const keyOf = (index: number) => `paper ${String(index).padStart(3, '0')}.txt`

test('who comes back to a bucket is where they were, and sees what others have done there since', async ({
  host,
  service,
}) => {
  const { page } = host
  await service.createBucket(bucket)
  await inParallel(
    Array.from({ length: 120 }, (_, index) => index),
    16,
    (index) => service.put(bucket, keyOf(index), 'x'),
  )
  await connect(host, { name: 'Agency', endpoint: service.endpoint })
  await window.openBucket(page, bucket)
  const files = page.getByRole('grid', { name: 'Files' })
  const status = page.getByRole('status').filter({ hasText: 'items' })
  const scrolled = () => files.evaluate((grid) => grid.scrollTop)
  const leaveFor = (pane: string) =>
    page.getByRole('navigation', { name: 'Places' }).getByRole('button', { name: pane }).click()
  await expect(status).toHaveText('120 items')
  await window.selectObject(page, keyOf(2))
  await files.hover()
  await page.mouse.wheel(0, 1400)
  await expect.poll(scrolled).toBe(1400)
  await expect(window.row(page, keyOf(55))).toBeInViewport()

  await leaveFor('Settings')
  await expect(files).toBeHidden()
  await service.put(bucket, 'paper 055 revised.txt', 'x')
  await service.remove(bucket, keyOf(56))
  await service.put(bucket, 'paper 200.txt', 'x')
  await window.openBucket(page, bucket)
  await expect(window.row(page, 'paper 055 revised.txt')).toBeInViewport()
  await expect(window.row(page, keyOf(56))).toHaveCount(0)
  await expect(status).toHaveText('1 of 121 items selected, 1 byte')
  expect(await scrolled()).toBe(1400)
  await window.picture(host, '69-came-back')

  // What is selected is gone to when the person goes on from it, as before.
  await files.press('ArrowDown')
  await expect(window.row(page, keyOf(3))).toBeInViewport()
  expect(host.complaints.filter((complaint) => !/axe/i.test(complaint))).toEqual([])
})
