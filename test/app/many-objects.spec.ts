import { expect } from 'playwright/test'
import { inParallel } from '../../src-main/s3/in-parallel.ts'
import { lookAt } from './accessible.ts'
import { connect } from './profile-steps.ts'
import { test } from './service.ts'
import * as window from './window-steps.ts'

const bucket = 'sibtc-archive'
const objects = 1203
const keyOf = (index: number) => `docs/paper ${String(index).padStart(4, '0')}.txt`

test('more than a thousand objects: all are counted before they become public, and a scan of them is stopped', async ({
  host,
  service,
}) => {
  test.setTimeout(300_000)
  const { page } = host
  await service.createBucket(bucket, 'policy')
  const indexes = Array.from({ length: objects }, (_, index) => index)
  await inParallel(indexes, 16, (index) => service.put(bucket, keyOf(index), 'x'))
  await service.put(bucket, 'other.txt', 'x')
  const status = async (key: string) =>
    (await fetch(`${service.endpoint}/${bucket}/${encodeURIComponent(key)}`)).status
  const ends = () => Promise.all([keyOf(0), keyOf(objects - 1), 'other.txt'].map(status))
  await connect(host, { name: 'Agency', endpoint: service.endpoint })
  await window.openBucket(page, bucket)
  const inMenuOf = async (line: string) => {
    await page
      .getByRole('region', { name: 'Buckets' })
      .getByRole('button', { name: bucket, exact: true })
      .click({ button: 'right' })
    await page.getByRole('menuitem', { name: line }).click()
  }

  await test.step('S44 each is counted, the first fifty are named, and the bucket’s name is asked for', async () => {
    await window.row(page, 'docs').click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Make public…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Make docs/ public?' })
    await expect(dialog).toContainText('1,203 objects now, and what is uploaded there later')
    const names = dialog.getByRole('list', { name: 'What becomes public' })
    await expect(names.getByRole('listitem').filter({ hasText: 'paper' })).toHaveCount(50)
    await expect(names.getByRole('listitem').last()).toHaveText('and 1,153 others')
    await lookAt(host, '68-make-many-public')
    const confirm = dialog.getByRole('button', { name: 'Make public' })
    await expect(confirm).toBeDisabled()
    expect(await ends()).toEqual([403, 403, 403])
    await dialog.getByLabel('Type the bucket name to confirm').fill(bucket)
    await confirm.click()
    await expect(dialog).toBeHidden({ timeout: 60_000 })
    expect(await ends()).toEqual([200, 200, 403])
    await inMenuOf('Who can read it…')
    const report = page.getByRole('dialog', { name: `Who can read ${bucket}` })
    await expect(report).toContainText('1,203 objects made public, by the bucket’s policy')
    await report.getByRole('button', { name: 'Undo', exact: true }).click()
    await expect.poll(ends, { timeout: 60_000 }).toEqual([403, 403, 403])
    await page.keyboard.press('Escape')
    await expect(report).toBeHidden()
  })

  await test.step('S45 a scan is stopped by the mouse, and says that it is not a whole one', async () => {
    await inMenuOf('Find what is public…')
    const dialog = page.getByRole('dialog', { name: `What everybody can read in ${bucket}/` })
    await dialog.getByRole('button', { name: 'Start scan' }).click()
    await expect(dialog).toContainText(/[1-9]\d* of 1,204 objects asked for, 0 public/)
    await lookAt(host, '33-leak-scan-running')
    await dialog.getByRole('button', { name: 'Stop' }).click()
    await expect(dialog.getByText('The scan was not finished')).toBeVisible()
    await expect(dialog).toContainText('The scan was stopped before everything had been asked for.')
    const told = /([\d,]+) of 1,204 objects asked for without signing: 0 public, ([\d,]+) private/.exec(
      (await dialog.textContent()) ?? '',
    )
    const [asked, shut] = [told?.[1], told?.[2]].map((text) => Number(text?.replace(',', '')))
    expect(asked).toBeGreaterThan(0)
    expect(asked).toBeLessThan(objects)
    expect(shut).toBe(asked)
    await expect(dialog.getByRole('button', { name: 'Scan again' })).toBeVisible()
    await lookAt(host, '34-leak-scan-stopped')
  })
  expect(host.complaints.filter((complaint) => !/axe/i.test(complaint))).toEqual([])
})
