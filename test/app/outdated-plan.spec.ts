import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'playwright/test'
import { test } from './host.ts'
import * as window from './window-steps.ts'

test('what was typed stays, a double click publishes nothing, and no plan outlives what it was made for', async ({
  host,
  workFolder,
}) => {
  const { page } = host
  const site = join(workFolder, 'site')
  await mkdir(site, { recursive: true })
  for (const name of ['a.txt', 'b.txt', 'c.map']) await writeFile(join(site, name), `${name}\n`)
  await window.openStaticSite(host, 'sibtc-static', site)
  const here = page.getByRole('list', { name: 'Destinations in sibtc-static' }).getByRole('button').first()

  await test.step('what was typed is there when the person comes back', async () => {
    const exclude = page.getByRole('textbox', { name: /Exclude/ })
    await exclude.fill('*.map\n')
    await page.getByRole('button', { name: 'Transfers' }).click()
    await here.click()
    await expect(exclude).toHaveValue('*.map\n')
  })

  await test.step('the second half of a double click is not meant for the button that comes next', async () => {
    await page.getByRole('button', { name: 'Plan sync' }).dblclick()
    await expect(page.getByText(/^2 to upload/)).toBeVisible()
    await expect(page.getByRole('button', { name: 'Apply' })).toBeEnabled()
  })

  await test.step('a destination that is changed takes its plan with it', async () => {
    await page.getByRole('button', { name: 'Edit destination' }).click()
    const edit = page.getByRole('dialog', { name: 'Edit destination' })
    await edit.getByRole('combobox', { name: 'Who can read' }).click()
    await page.getByRole('option', { name: 'Private', exact: true }).click()
    await edit.getByRole('button', { name: 'Save', exact: true }).click()
    await expect(edit).toBeHidden()
    await expect(page.getByText('This plan is out of date')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Apply' })).toBeDisabled()
    await window.picture(host, '30-plan-out-of-date')
    await page.getByRole('button', { name: 'Plan again' }).click()
    await expect(page.getByText('This plan is out of date')).toBeHidden()
    await page.getByRole('button', { name: 'Apply' }).click()
    await expect(page.getByText('2 files uploaded.')).toBeVisible()
    await expect(page.getByText(/2 addresses checked, all as they were sent/)).toBeVisible()
  })
  expect(host.complaints).toEqual([])
})
