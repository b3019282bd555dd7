import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'playwright/test'
import { expectAccessible } from './accessible.ts'
import { projectRoot, test } from './host.ts'
import { writeSampleFiles } from './sample-files.ts'
import * as window from './window-steps.ts'

test('every screen, light and dark, wide and narrow, has nothing serious for axe', async ({
  host,
  workFolder,
}) => {
  test.setTimeout(240_000)
  const { page } = host
  const look = async (name: string) => {
    await window.picture(host, name)
    await expectAccessible(host, name)
  }
  const dialog = window.openDialog(page)
  const closed = () => expect(dialog).toBeHidden()

  await expect(page.getByRole('button', { name: /Try it here/ })).toBeVisible()
  await look('01-first-run')
  await page.getByRole('button', { name: /Connect a bucket/ }).click()
  await expect(dialog).toBeVisible()
  await look('02-connect')
  await page.keyboard.press('Escape')
  await closed()
  await page.getByRole('button', { name: /Try it here/ }).click()
  await expect(page.getByText('No buckets yet').first()).toBeVisible()
  await look('03-no-buckets')

  await page.getByRole('button', { name: 'New bucket' }).first().click()
  await dialog.getByLabel('Bucket name').fill('Sibtc_assets')
  await look('04-new-bucket')
  await page.keyboard.press('Escape')
  await closed()
  await window.createBucket(page, 'sibtc-assets', 'per-object')
  await look('05-empty-bucket')

  const files = await writeSampleFiles(join(workFolder, 'files'))
  const album = join(workFolder, 'album')
  await mkdir(album)
  for (let n = 1; n <= 60; n += 1)
    await writeFile(join(album, `holiday picture ${n}.jpg`), Buffer.alloc(n * 997, n))
  await host.drop([...files.keys()].map((name) => join(workFolder, 'files', name)).concat(album))
  await expect(page.getByRole('dialog', { name: /^Upload / })).toBeVisible()
  await look('06-upload-sheet')
  await page.getByRole('button', { name: 'Start upload' }).click()
  await expect(window.row(page, 'price list')).toBeVisible()
  await expect(window.row(page, 'album')).toBeVisible()
  await window.selectObject(page, 'price list')
  await expect(window.inspector(page).getByText('Private', { exact: true }).first()).toBeVisible()
  await look('07-browse-with-inspector')

  await host.drop([join(workFolder, 'files', 'price list.txt')])
  await page.getByRole('button', { name: 'Start upload' }).click()
  await expect(page.getByRole('dialog', { name: /there already/ })).toBeVisible()
  await look('08-name-conflict')
  await page.getByRole('button', { name: 'Skip' }).click()
  await closed()

  await window.selectObject(page, 'team photo')
  await window.inspector(page).getByRole('button', { name: 'Make public…' }).click()
  await expect(dialog).toBeVisible()
  await look('09-make-public')
  await page.keyboard.press('Escape')
  await closed()
  await window.inspector(page).getByRole('button', { name: 'Delete' }).click()
  await expect(dialog).toBeVisible()
  await look('10-delete')
  await page.keyboard.press('Escape')
  await closed()

  await page.getByRole('button', { name: 'New destination' }).click()
  await page.getByRole('menuitem', { name: 'Public media' }).click()
  await expect(dialog).toBeVisible()
  await look('11-destination')
  await dialog.getByRole('button', { name: 'Create destination' }).click()
  await closed()
  await look('12-media-empty')
  await host.drop([join(workFolder, 'files', 'team photo.png')])
  await expect(
    page.getByRole('grid', { name: 'Media' }).getByRole('row').filter({ hasText: 'team' }),
  ).toBeVisible()
  await look('13-media')

  await window.openBucket(page, 'sibtc-assets')
  await window.planSampleSite(host)
  await look('14-sync-plan')
  await page.getByRole('button', { name: 'Apply' }).click()
  await expect(page.getByText(/files uploaded/).first()).toBeVisible()
  await look('15-sync-result')
  await page.getByRole('button', { name: 'Plan sync' }).click()
  await expect(page.getByText(/Nothing to do/).first()).toBeVisible()
  await look('16-nothing-to-sync')

  const places = page.getByRole('navigation', { name: 'Places' })
  await places.getByRole('button', { name: 'Links' }).click()
  await expect(page.getByRole('grid', { name: 'Links' })).toBeVisible()
  await window.resize(host, 900, 600)
  // Columns give way before the names do: names that differ at their end stay told apart.
  await expect
    .poll(async () => (await page.getByRole('gridcell').first().boundingBox())?.width)
    .toBeGreaterThanOrEqual(200)
  await look('17-links')
  await page.getByRole('row').filter({ hasText: 'Public URL' }).first().click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'End all links to it…' }).click()
  await expect(dialog.getByText('What else happens')).toBeVisible()
  await look('17-links-end')
  await page.keyboard.press('Escape')
  await closed()
  await places.getByRole('button', { name: /^Transfers/ }).click()
  await expect(page.getByRole('grid', { name: 'Transfers' })).toBeVisible()
  await look('18-transfers')
  await places.getByRole('button', { name: 'Settings' }).click()
  await expect(page.getByRole('combobox', { name: 'Theme' })).toBeVisible()
  await look('19-settings')
  await page.keyboard.press('ControlOrMeta+k')
  await expect(page.getByRole('dialog', { name: 'Commands' })).toBeVisible()
  await look('20-palette')
  await page.keyboard.press('Escape')

  expect(host.complaints.filter((complaint) => !/axe/i.test(complaint))).toEqual([])
})

test('the picture of the README', async ({ host, workFolder }) => {
  const files = await writeSampleFiles(join(workFolder, 'files'))
  await host.page.getByRole('button', { name: /Try it here/ }).click()
  await window.createBucket(host.page, 'sibtc-assets', 'per-object')
  await window.syncSampleSite(host)
  await window.openBucket(host.page, 'sibtc-assets')
  await window.dropAndUpload(
    host,
    [...files.keys()].map((name) => join(workFolder, 'files', name)),
    'public',
  )
  await window.selectObject(host.page, 'team photo')
  await expect(window.inspector(host.page).getByText('Public', { exact: true }).first()).toBeVisible()
  await host.page.waitForTimeout(500)
  await mkdir(join(projectRoot, 'test/output/screenshots', host.kind), { recursive: true })
  await host.page.screenshot({ path: join(projectRoot, 'test/output/screenshots', host.kind, 'readme.png') })
})
