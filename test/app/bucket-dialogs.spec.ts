import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, type Locator, type Page } from 'playwright/test'
import { publicAndPrivate } from '../destinations/django/tutorial-projects.ts'
import { refuse, startGate } from '../s3/gate.ts'
import { lookAt } from './accessible.ts'
import { connect } from './profile-steps.ts'
import { test } from './service.ts'
import * as window from './window-steps.ts'

const bucket = 'sibtc-assets'
const site = 'sibtc-site'

/** A line of the menu of a bucket, by the mouse. */
async function inBucketMenu(page: Page, line: string, name = bucket): Promise<void> {
  await page
    .getByRole('region', { name: 'Buckets' })
    .getByRole('button', { name, exact: true })
    .click({ button: 'right' })
  await page.getByRole('menuitem', { name: line }).click()
}

/** Escape closes it, and the focus is in the window again. */
async function closeByKey(page: Page, dialog: Locator): Promise<void> {
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
}

test('who can read a bucket, what is public, what was never completed, and a bucket for a website', async ({
  host,
  service,
}) => {
  const { page } = host
  await service.createBucket(bucket, 'per-object')
  await service.put(bucket, 'media/private/contract.txt', 'secret')
  await service.put(bucket, 'media/private/report.txt', 'secret')
  await service.beginUpload(bucket, 'media/film of the summer.mp4')
  const gate = await startGate(service.endpoint)
  await connect(host, { name: 'Agency', endpoint: gate.endpoint })
  await window.openBucket(page, bucket)

  await test.step('the access report, and a change that is taken back after a restart', async () => {
    await page.getByRole('grid', { name: 'Files' }).getByRole('row', { name: 'media' }).dblclick()
    await page.getByRole('grid', { name: 'Files' }).getByRole('row', { name: 'private' }).dblclick()
    await window.selectObject(page, 'contract')
    await window.inspector(page).getByRole('button', { name: 'Make public…' }).click()
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /Make public/ })
      .click()
    await expect(page.getByText(/is public now/).first()).toBeVisible()
    await inBucketMenu(page, 'Who can read it…')
    const dialog = page.getByRole('dialog', { name: `Who can read ${bucket}` })
    await expect(dialog.getByText('Public: By an ACL on each object')).toBeVisible()
    const changes = dialog.getByRole('region', { name: 'Changes made from this computer' })
    await expect(changes).toContainText('contract.txt made public, by 1 ACL')
    await lookAt(host, '30-access')
    await closeByKey(page, dialog)
  })

  await test.step('the leak scan, by keyboard', async () => {
    await window.inPalette(page, 'Find what is public')
    const dialog = page.getByRole('dialog', { name: `What everybody can read in ${bucket}/media/private/` })
    await dialog.getByRole('button', { name: 'Start scan' }).press('Enter')
    await expect(dialog.getByText('contract.txt')).toBeVisible()
    await expect(dialog.getByText('report.txt')).toBeHidden()
    await lookAt(host, '31-leak-scan')
    await closeByKey(page, dialog)
  })

  await test.step('uploads that were never completed', async () => {
    await window.inPalette(page, 'Incomplete uploads')
    const dialog = page.getByRole('dialog', { name: 'Incomplete uploads' })
    await expect(dialog.getByRole('row', { name: /film of the summer/ })).toBeVisible()
    await dialog.getByRole('button', { name: 'Let the bucket do it…' }).click()
    await expect(dialog.getByText('AbortIncompleteMultipartUpload')).toBeVisible()
    await lookAt(host, '32-incomplete-uploads')
    await dialog.getByRole('checkbox', { name: /film of the summer/ }).click()
    await dialog.getByRole('button', { name: 'Abort selected…' }).click()
    await expect(dialog.getByText(/1 upload with .* will be aborted/)).toBeVisible()
    await dialog.getByRole('button', { name: 'Abort 1 upload' }).click()
    await expect(dialog.getByText('Every upload to this bucket was completed.')).toBeVisible()
    await closeByKey(page, dialog)
  })

  await test.step('the change goes back', async () => {
    await window.inPalette(page, 'Who can read this bucket')
    const dialog = page.getByRole('dialog', { name: `Who can read ${bucket}` })
    await dialog.getByRole('button', { name: 'Undo' }).click()
    await expect(dialog.getByText('Changes made from this computer')).toBeHidden()
    expect((await fetch(`${service.endpoint}/${bucket}/media/private/contract.txt`)).status).toBe(403)
    await closeByKey(page, dialog)
  })

  const sheet = page.getByRole('dialog', { name: `Set up ${site}` })
  const calls = sheet.getByRole('list', { name: 'Calls' })

  /** From “New bucket” to the plan, by keyboard. */
  const plan = async () => {
    await window.inPalette(page, 'New bucket')
    const dialog = page.getByRole('dialog', { name: 'New bucket' })
    await dialog.getByLabel('Bucket name').fill(site)
    await dialog.getByRole('radio', { name: 'Private' }).focus()
    await page.keyboard.press('ArrowUp')
    await expect(dialog.getByRole('checkbox', { name: 'Private media' })).toBeChecked()
    return dialog
  }

  await test.step('what is asked, and every call with its body', async () => {
    const dialog = await plan()
    await lookAt(host, '36-new-bucket-for-a-site')
    // That nothing is chosen is said aloud.
    const kinds = dialog.getByRole('group', { name: 'Destinations' }).getByRole('checkbox')
    for (const kind of await kinds.all()) await kind.click()
    await dialog.getByRole('button', { name: 'Show the plan…' }).click()
    await expect(dialog.getByRole('alert')).toHaveText('Choose what the bucket is for.')
    for (const kind of await kinds.all()) await kind.click()
    await expect(dialog.getByRole('alert')).toHaveCount(0)
    await dialog.getByRole('button', { name: 'Show the plan…' }).click()
    await expect(calls.getByRole('listitem')).toHaveCount(6)
    await calls.getByText('What is sent, and how it is undone').nth(3).click()
    await expect(calls.getByRole('region', { name: 'What PutBucketPolicy sends' })).toContainText(
      `arn:aws:s3:::${site}/media/public/*`,
    )
    await lookAt(host, '37-setup-plan')
    expect(await (await fetch(`${service.endpoint}/${site}`)).text()).toContain('NoSuchBucket')
  })

  await test.step('a call is refused: the rest is not made, and what was made goes', async () => {
    gate.rule = ({ method, url = '' }, response) =>
      method === 'PUT' && url.includes('cors') ? refuse(response, 403, 'AccessDenied', 'No.') : 'pass'
    await sheet.getByRole('button', { name: 'Set up bucket' }).click()
    await expect(calls.getByRole('listitem').filter({ hasText: 'PutBucketCors' })).toContainText('Failed')
    await expect(calls.getByRole('listitem').filter({ hasText: 'Lifecycle' })).toContainText('Not made')
    await lookAt(host, '38-setup-failed')
    await sheet.getByRole('button', { name: 'Undo what was made' }).click()
    const undone = page.getByRole('dialog', { name: `${site} is gone` })
    await expect(undone.getByRole('listitem').filter({ hasText: 'CreateBucket' })).toContainText('Undone')
    await lookAt(host, '39-setup-undone')
    await closeByKey(page, undone)
    gate.rule = () => 'pass'
  })

  await test.step('made as planned, with its destinations, and taken back later', async () => {
    await (await plan()).getByRole('button', { name: 'Show the plan…' }).click()
    await sheet.getByRole('button', { name: 'Set up bucket' }).click()
    await expect(sheet.getByText(`${site} is ready`)).toBeVisible()
    await lookAt(host, '40-setup-done')
    await sheet.getByRole('button', { name: 'Done' }).click()
    const places = page.getByRole('list', { name: `Destinations in ${site}` })
    for (const name of ['Static (public)', 'Public media (public)', 'Private media (private)'])
      await expect(places.getByRole('button', { name, exact: true })).toBeVisible()
    await inBucketMenu(page, 'Who can read it…', site)
    await page.getByRole('button', { name: 'Undo set-up…' }).click()
    await page.getByRole('button', { name: 'Undo set-up', exact: true }).click()
    const gone = page.getByRole('dialog', { name: `${site} is gone` })
    await expect(gone).toBeVisible()
    await closeByKey(page, gone)
    expect(await (await fetch(`${service.endpoint}/${site}`)).text()).toContain('NoSuchBucket')
  })
  await gate.close()
  expect(host.complaints.filter((complaint) => !/axe/i.test(complaint))).toEqual([])
})

test('a Django project comes in, and its settings go out', async ({ host, workFolder }) => {
  const { page } = host
  const project = join(workFolder, 'mysite')
  const settings = publicAndPrivate['mysite/settings.py']!.replace(
    "AWS_STORAGE_BUCKET_NAME = 'sibtc-assets'",
    "AWS_STORAGE_BUCKET_NAME = os.environ['ASSETS_BUCKET']\nAWS_S3_REGION_NAME = 'eu-west-1'",
  )
  for (const [name, text] of Object.entries({ ...publicAndPrivate, 'mysite/settings.py': settings })) {
    await mkdir(dirname(join(project, name)), { recursive: true })
    await writeFile(join(project, name), text)
  }

  await test.step('what was found, and what has to be said', async () => {
    await page.getByRole('button', { name: 'Import a Django project' }).click()
    const dialog = page.getByRole('dialog', { name: 'Import a Django project' })
    await window.chooseFolder(host, dialog.getByRole('button', { name: 'Choose folder…' }), project)
    await expect(dialog.getByRole('region', { name: 'Static' })).toContainText('mysite/storage_backends.py:7')
    await dialog.getByRole('button', { name: 'Save 3 destinations' }).click()
    await expect(dialog.getByText('Say what it is, and read again.')).toBeVisible()
    await lookAt(host, '33-django-import')
    await dialog.getByLabel('ASSETS_BUCKET').fill(bucket)
    await dialog.getByRole('button', { name: 'Read again' }).click()
    await expect(dialog.getByText(bucket, { exact: true })).toHaveCount(3)
    await dialog.getByRole('button', { name: 'Save 3 destinations' }).click()
    await expect(dialog).toBeHidden()
    const places = page.getByRole('list', { name: `Destinations in ${bucket}` })
    for (const name of ['Static (public)', 'Public media (public)', 'Private media (private)'])
      await expect(places.getByRole('button', { name, exact: true })).toBeVisible()
    await expect(page.getByRole('button', { name: 'Enter its keys' })).toBeVisible()
  })

  await test.step('S48 a folder that overlaps is refused where it is typed, also of a project', async () => {
    await page.getByRole('button', { name: 'New destination' }).click()
    await page.getByRole('menuitem', { name: 'Public media' }).click()
    const place = page.getByRole('dialog', { name: 'New destination' })
    await place.getByLabel('Folder in the bucket').fill('media')
    await expect(place.getByText('Choose one beside it.')).toBeVisible()
    await place.getByRole('button', { name: 'Create destination' }).click()
    await expect(place).toBeVisible()
    await lookAt(host, '33-overlap-refused')
    await place.getByLabel('Folder in the bucket').fill('media-2024')
    await expect(place.getByText('Choose one beside it.')).toHaveCount(0)
    await closeByKey(page, place)

    // A default storage without a location beside the three: one of the two has to be left out.
    const whole = join(workFolder, 'whole')
    const classes = publicAndPrivate['mysite/storage_backends.py']!.replace(
      'location = settings.AWS_PUBLIC_MEDIA_LOCATION',
      "location = ''",
    )
    for (const [name, text] of Object.entries({
      ...publicAndPrivate,
      'mysite/settings.py': settings.replaceAll(/os\.environ\['ASSETS_BUCKET'\]/g, "'sibtc-whole'"),
      'mysite/storage_backends.py': classes,
    })) {
      await mkdir(dirname(join(whole, name)), { recursive: true })
      await writeFile(join(whole, name), text)
    }
    await window.inPalette(page, 'Import a Django project')
    const dialog = page.getByRole('dialog', { name: 'Import a Django project' })
    await window.chooseFolder(host, dialog.getByRole('button', { name: 'Choose folder…' }), whole)
    await expect(dialog.getByText('Overlaps with another destination').first()).toBeVisible()
    await dialog.getByText('Overlaps with another destination').first().scrollIntoViewIfNeeded()
    await lookAt(host, '33-django-overlap')
    await dialog.getByRole('button', { name: 'Save 3 destinations' }).click()
    await expect(dialog).toBeVisible()
    await dialog.getByRole('checkbox', { name: 'Public media' }).click()
    await expect(dialog.getByText('Overlaps with another destination')).toHaveCount(0)
    await dialog.getByRole('button', { name: 'Save 2 destinations' }).click()
    await expect(dialog).toBeHidden()
    const places = page.getByRole('list', { name: 'Destinations in sibtc-whole' })
    await expect(places.getByRole('listitem')).toHaveCount(3)
    await page.getByRole('button', { name: bucket, exact: true }).click()
  })

  await test.step('the settings, copied and saved', async () => {
    await window.inPalette(page, 'Django settings of this bucket')
    const dialog = page.getByRole('dialog', { name: `Django settings for ${bucket}` })
    await expect(dialog.getByText('STORAGES = {')).toBeVisible()
    await lookAt(host, '34-django-export')
    await dialog.getByRole('tab', { name: 's3_settings.py' }).focus()
    for (let n = 0; n < 3; n += 1) await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await expect(dialog.getByRole('region', { name: 'iam-policy.json' })).toContainText('s3:PutObject')
    await dialog.getByRole('button', { name: 'Copy iam-policy.json' }).click()
    await expect.poll(() => host.clipboard()).toContain('ReadAndWriteTheFiles')

    // Of a name that is none no files are shown: those before would be somebody else's to copy.
    const module = dialog.getByLabel('Module of storage_backends.py')
    await module.fill('my-site.storage')
    await expect(dialog.getByText('No files to show')).toBeVisible()
    await expect(dialog.getByRole('tab')).toHaveCount(0)
    await expect(dialog.getByText('ReadAndWriteTheFiles')).toHaveCount(0)
    await expect(dialog.getByRole('button', { name: 'Save to folder…' })).toBeDisabled()
    await lookAt(host, '34-django-export-wrong-module')
    await module.fill('mysite.storage_backends')
    await dialog.getByRole('tab', { name: 's3_settings.py' }).click()
    await expect(dialog.getByText('mysite.storage_backends.StaticStorage')).toBeVisible()
    const origins = dialog.getByLabel('Addresses of the site')
    await origins.fill('www.example.org')
    await expect(dialog.getByText('is not an origin')).toBeVisible()
    await expect(dialog.getByRole('tab')).toHaveCount(0)
    await origins.fill('')
    await expect(dialog.getByRole('tab')).not.toHaveCount(0)

    const out = join(workFolder, 'out')
    await mkdir(out)
    await writeFile(join(out, 'cors.json'), 'mine')
    await window.chooseFolder(host, dialog.getByRole('button', { name: 'Save to folder…' }), out)
    await expect(dialog.getByText('Replace the files in out?')).toBeVisible()
    expect(await readdir(out)).toEqual(['cors.json'])
    await lookAt(host, '35-django-export-replace')
    await dialog.getByRole('button', { name: 'Replace', exact: true }).click()
    await expect(page.getByText('6 files saved')).toBeVisible()
    expect(await readFile(join(out, 'cors.json'), 'utf8')).toContain('AllowedOrigins')
    await closeByKey(page, dialog)
  })
  expect(host.complaints.filter((complaint) => !/axe/i.test(complaint))).toEqual([])
})

test('a Django project whose links CloudFront signs comes in, and is asked what its files do not tell', async ({
  host,
  workFolder,
}) => {
  const { page } = host
  const signed = join(workFolder, 'signed')
  const files: Record<string, string> = {
    'manage.py': '',
    'shop/settings.py': `
import os
from django.core.exceptions import ImproperlyConfigured
AWS_STORAGE_BUCKET_NAME = 'sibtc-shop'
AWS_S3_REGION_NAME = 'eu-west-1'
AWS_S3_CUSTOM_DOMAIN = 'files.example.org'
AWS_CLOUDFRONT_KEY_ID = os.environ['CLOUDFRONT_KEY_ID']
AWS_CLOUDFRONT_KEY = os.environ['CLOUDFRONT_KEY']
AWS_QUERYSTRING_EXPIRE = compute_expiry()
STORAGES = {
  'default': {'BACKEND': 'shop.storages.Invoices'},
  'staticfiles': {'BACKEND': 'storages.backends.s3.S3StaticStorage', 'OPTIONS': {'location': 'static'}},
}
`,
    'shop/storages.py': `
from storages.backends.s3 import S3Storage
import shop.tenants
class Invoices(S3Storage):
  default_acl = 'private'
  def get_default_settings(self):
      found = super().get_default_settings()
      found['location'] = shop.tenants.prefix()
      return found
  def url(self, name):
      return super().url(name) + '#page=1'
`,
  }
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(signed, name)), { recursive: true })
    await writeFile(join(signed, name), text)
  }
  await page.getByRole('button', { name: 'Import a Django project' }).click()
  const dialog = page.getByRole('dialog', { name: 'Import a Django project' })
  await window.chooseFolder(host, dialog.getByRole('button', { name: 'Choose folder…' }), signed)
  const unsaid = dialog.getByRole('region', { name: 'What the files do not tell' })
  await expect(unsaid.getByLabel('CLOUDFRONT_KEY_ID')).toBeVisible()
  await lookAt(host, '33-django-cloudfront-asked')
  await unsaid.getByLabel('CLOUDFRONT_KEY_ID').fill('K2JCJMDEHXQW5F')
  await unsaid.getByLabel('AWS_QUERYSTRING_EXPIRE').fill('900')
  await dialog.getByRole('button', { name: 'Read again' }).click()
  const invoices = dialog.getByRole('region', { name: 'Private media' })
  await expect(invoices).toContainText('15 minutes')
  await invoices.getByLabel('Folder in the bucket').fill('invoices')
  await expect(dialog.getByText('enter it in Pail')).toBeVisible()
  await dialog.getByText('enter it in Pail').scrollIntoViewIfNeeded()
  await expect(invoices).toContainText('It is computed in a way that is not read. (shop/storages.py:8)')
  await lookAt(host, '33-django-cloudfront')
  await dialog.getByRole('button', { name: 'Save 2 destinations' }).click()
  await expect(dialog).toBeHidden()
  const places = page.getByRole('list', { name: 'Destinations in sibtc-shop' })
  await expect(places.getByRole('button', { name: 'Private media (private)', exact: true })).toBeVisible()
  expect(host.complaints.filter((complaint) => !/axe/i.test(complaint))).toEqual([])
})
