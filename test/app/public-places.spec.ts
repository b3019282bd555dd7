import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DeletePublicAccessBlockCommand, S3Client } from '@aws-sdk/client-s3'
import { expect } from 'playwright/test'
import { lookAt } from './accessible.ts'
import * as profiles from './profile-steps.ts'
import { canary, test } from './service.ts'
import * as window from './window-steps.ts'

const bucket = 'sibtc-assets'

test('a destination and a folder become public where a bucket has no ACLs', async ({
  host,
  service,
  workFolder,
}) => {
  const { page } = host
  const file = async (name: string) => {
    const path = join(workFolder, name)
    await writeFile(path, name)
    return path
  }
  // What is urgent is read out by another element: a toast with a problem has no role of its own.
  const inToast = (label: string) => page.locator('.toast-error').getByText(label)
  const status = async (key: string) => (await fetch(`${service.endpoint}/${bucket}/${key}`)).status
  await service.createBucket(bucket)
  const client = new S3Client({
    endpoint: service.endpoint,
    region: service.region,
    forcePathStyle: true,
    credentials: { ...canary },
  })
  await client.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }))
  client.destroy()
  await service.put(bucket, 'docs/a b.txt', 'a')
  await profiles.connect(host, { name: 'Agency', endpoint: service.endpoint })
  await window.openBucket(page, bucket)

  await test.step('a public upload that the bucket refuses leads to its policy', async () => {
    await page.getByRole('button', { name: 'New destination' }).click()
    await page.getByRole('menuitem', { name: 'Public media' }).click()
    await page.getByRole('button', { name: 'Create destination' }).click()
    await expect(page.getByRole('button', { name: 'Edit destination' })).toBeVisible()
    await host.drop([await file('photo.txt')])
    await inToast('Make the folder public…').click()
    const dialog = page.getByRole('dialog', { name: 'Make media/public/ public?' })
    await expect(dialog).toContainText('nothing yet, and what is uploaded there later')
    await expect(dialog).toContainText(`arn:aws:s3:::${bucket}/media/public/*`)
    await lookAt(host, '64-make-folder-public')
    const confirm = dialog.getByRole('button', { name: 'Make public' })
    await expect(confirm).toBeDisabled()
    await dialog.getByLabel('Type the bucket name to confirm').fill(bucket)
    await confirm.click()
    await expect(dialog).toBeHidden()
    await page.getByRole('button', { name: 'Retry', exact: true }).click()
    await expect.poll(() => host.clipboard()).toBe(`${service.endpoint}/${bucket}/media/public/photo.txt`)
    expect(await (await fetch(await host.clipboard())).text()).toBe('photo.txt')
  })

  await test.step('a folder, from its menu; nothing is sent there as private, and the same files go as public; and back', async () => {
    await window.openBucket(page, bucket)
    const menu = async (line: string) => {
      await page
        .getByRole('grid', { name: 'Files' })
        .getByRole('row', { name: 'docs' })
        .click({ button: 'right' })
      await page.getByRole('menuitem', { name: line }).click()
    }
    await menu('Make public…')
    const dialog = page.getByRole('dialog', { name: 'Make docs/ public?' })
    await expect(dialog).toContainText('1 object now')
    await dialog.getByLabel('Type the bucket name to confirm').fill(bucket)
    await dialog.getByRole('button', { name: 'Make public' }).click()
    await expect(dialog).toBeHidden()
    expect([await status('docs/a%20b.txt'), await status('media/public/photo.txt')]).toEqual([200, 200])
    await page.getByRole('grid', { name: 'Files' }).getByRole('row', { name: 'docs' }).dblclick()
    await host.drop([await file('secret plan.txt')])
    const sheet = page.getByRole('dialog', { name: 'Upload 1 file' })
    await expect(sheet.getByRole('switch', { name: 'Private' })).toHaveAttribute('aria-checked', 'true')
    await expect(sheet).toContainText('Everybody could read it')
    await expect(sheet).toContainText('Pail’s own statement')
    await expect(sheet.getByRole('button', { name: 'Start upload' })).toBeDisabled()
    await lookAt(host, '65-private-upload-refused')
    expect(await status('docs/secret%20plan.txt')).toBe(403)
    await sheet.getByRole('button', { name: 'Upload as public' }).click()
    await sheet.getByRole('button', { name: 'Start upload' }).click()
    await expect(sheet).toBeHidden()
    await expect.poll(() => status('docs/secret%20plan.txt')).toBe(200)
    await window.openBucket(page, bucket)
    await menu('Make private…')
    const back = page.getByRole('dialog', { name: 'Make docs/ private?' })
    await back.getByRole('button', { name: 'Make private' }).click()
    await expect(back).toBeHidden()
    expect([await status('docs/a%20b.txt'), await status('media/public/photo.txt')]).toEqual([403, 200])
  })

  await test.step('S44 undoing that names and counts what becomes public, and needs the bucket’s name', async () => {
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').fill('Who can read this bucket')
    await page.keyboard.press('Enter')
    const report = page.getByRole('dialog', { name: `Who can read ${bucket}` })
    await report.getByRole('button', { name: 'Undo' }).first().click()
    const undo = page.getByRole('dialog', { name: 'Make 2 objects public again?' })
    await expect(undo).toContainText('docs/secret plan.txt')
    await lookAt(host, '67-undo-makes-public')
    const confirm = undo.getByRole('button', { name: 'Make public again' })
    await expect(confirm).toBeDisabled()
    expect(await status('docs/a%20b.txt')).toBe(403)
    await undo.getByLabel('Type the bucket name to confirm').fill(bucket)
    await confirm.click()
    await expect(undo).toBeHidden()
    expect(await status('docs/a%20b.txt')).toBe(200)
  })

  await test.step('a folder with a private destination in it does not', async () => {
    await page.getByRole('button', { name: 'New destination' }).click()
    await page.getByRole('menuitem', { name: 'Private media' }).click()
    await page.getByRole('button', { name: 'Create destination' }).click()
    await window.openBucket(page, bucket)
    await page
      .getByRole('grid', { name: 'Files' })
      .getByRole('row', { name: 'media' })
      .click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Make public…' }).click()
    await expect(page.getByText('It cannot be made public here')).toBeVisible()
    await expect(
      page.getByText(/The private destination “Private media” \(media\/private\/\) is in it/),
    ).toBeVisible()
    await lookAt(host, '66-folder-with-private-destination')
    await page.keyboard.press('Escape')
  })
  expect(host.complaints.filter((complaint) => !/axe/i.test(complaint))).toEqual([])
})
