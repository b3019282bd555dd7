import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'playwright/test'
import { lookAt } from './accessible.ts'
import * as profiles from './profile-steps.ts'
import { test } from './service.ts'
import * as window from './window-steps.ts'

const bucket = 'sibtc-assets'

test('S44 a private destination where everybody can read is warned of in its dialog, and in an import', async ({
  host,
  service,
  workFolder,
}) => {
  const { page } = host
  const open = (...prefixes: string[]) =>
    service.setPolicy(
      bucket,
      prefixes.map((prefix) => ({
        Sid: 'Theirs',
        Effect: 'Allow',
        Principal: '*',
        Action: 's3:GetObject',
        Resource: `arn:aws:s3:::${bucket}/${prefix}*`,
      })),
    )
  await service.createBucket(bucket, 'policy')
  await open('media/')
  await profiles.connect(host, { name: 'Agency', endpoint: service.endpoint })
  await window.openBucket(page, bucket)
  const warning = 'Not private there'

  await test.step('while a new one is made', async () => {
    await page.getByRole('button', { name: 'New destination' }).click()
    await page.getByRole('menuitem', { name: 'Private media' }).click()
    const dialog = page.getByRole('dialog', { name: 'New destination' })
    const folder = dialog.getByLabel('Folder in the bucket')
    await expect(dialog).toContainText(warning)
    await expect(dialog).toContainText(
      'the bucket’s policy opens media/private/ (statement “Theirs”). As long as it does, Pail sends nothing there as private.',
    )
    await dialog.getByText(warning).scrollIntoViewIfNeeded()
    await lookAt(host, '66-private-place-open')
    await folder.fill('papers')
    await expect(dialog).not.toContainText(warning)
    await folder.fill('media/papers')
    await expect(dialog).toContainText('opens media/papers/')
    // Nothing is promised of a public one.
    const readers = dialog.getByRole('combobox', { name: 'Who can read' })
    const choose = async (option: string) => {
      await readers.click()
      await page.getByRole('option', { name: option, exact: true }).click()
    }
    await choose('Public')
    await expect(dialog).not.toContainText(warning)
    await choose('Private')
    await expect(dialog).toContainText(warning)
    await folder.fill('papers')
    await expect(dialog).not.toContainText(warning)
    await dialog.getByRole('button', { name: 'Create destination' }).click()
    await expect(dialog).toBeHidden()
  })

  await test.step('while it is changed', async () => {
    await open('media/', 'papers/')
    const dialog = page.getByRole('dialog', { name: 'Edit destination' })
    // What was read of the policy a moment ago, for the other dialog, counts for a second.
    await expect(async () => {
      await page.getByRole('button', { name: 'Edit destination' }).click()
      try {
        await expect(dialog).toContainText('the bucket’s policy opens papers/', { timeout: 3000 })
      } finally {
        await page.keyboard.press('Escape')
        await expect(dialog).toBeHidden()
      }
    }).toPass({ timeout: 60_000 })
  })

  await test.step('while a project comes in', async () => {
    const project = join(workFolder, 'mysite')
    await mkdir(project)
    await writeFile(
      join(project, 'settings.py'),
      `AWS_STORAGE_BUCKET_NAME = '${bucket}'
AWS_S3_ENDPOINT_URL = '${service.endpoint}'
AWS_S3_REGION_NAME = '${service.region}'
AWS_LOCATION = 'media/private'
DEFAULT_FILE_STORAGE = 'storages.backends.s3boto3.S3Boto3Storage'
`,
    )
    await window.inPalette(page, 'Import a Django project')
    const dialog = page.getByRole('dialog', { name: 'Import a Django project' })
    await window.chooseFolder(host, dialog.getByRole('button', { name: 'Choose folder…' }), project)
    const found = dialog.getByRole('region', { name: 'Private media' })
    await expect(found).toContainText('the bucket’s policy opens media/private/')
    await found.getByText(warning).scrollIntoViewIfNeeded()
    await lookAt(host, '66-private-import-open')
  })
})
