import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ElectronApplication, expect } from 'playwright/test'
import { startGate } from '../s3/gate.ts'
import { connect } from './profile-steps.ts'
import { test } from './service.ts'
import * as window from './window-steps.ts'

const bucket = 'sibtc-static'

/** Closes the window, where the application ends with it, and quits; stays each time it is asked. Says how often. */
function staysWhenAsked(electron: ElectronApplication): Promise<{ tried: number; asked: number }> {
  return electron.evaluate(async ({ app, BrowserWindow, dialog }) => {
    let asked = 0
    dialog.showMessageBox = async () => {
      asked++
      return { response: 0, checkboxChecked: false }
    }
    const ways = [
      ...(process.platform === 'darwin' ? [] : [() => BrowserWindow.getAllWindows()[0]?.close()]),
      () => app.quit(),
    ]
    for (const end of ways) {
      end()
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return { tried: ways.length, asked }
  })
}

test('an undo of many files tells how far it is, and is stopped', async ({ host, service, workFolder }) => {
  const { page } = host
  const site = join(workFolder, 'site')
  await mkdir(site)
  const files = 120
  for (let index = 0; index < files; index++) await writeFile(join(site, `note ${index}.txt`), `${index}\n`)
  await service.createBucket(bucket, 'per-object')
  const gate = await startGate(service.endpoint)
  await connect(host, { name: 'Agency', endpoint: gate.endpoint })
  await window.openBucket(page, bucket)
  await window.createStaticDestination(host, site)
  await page.getByRole('button', { name: 'Plan sync' }).click()
  await page.getByRole('button', { name: 'Apply' }).click()
  await expect(page.getByText(`${files} files uploaded.`)).toBeVisible()
  await page.getByRole('button', { name: 'Undo…' }).click()
  const dialog = page.getByRole('dialog', { name: /^Undo/ })
  const answered = 50

  await test.step('it runs, and nothing but its own button ends it', async () => {
    await expect(dialog.getByText(`${files} will be removed.`)).toBeVisible()
    await window.picture(host, '74-undo-many')
    let removals = 0
    // A service that takes its time after the first ones.
    gate.rule = ({ method }) => (method === 'DELETE' && ++removals > answered ? 'answered' : 'pass')
    await dialog.getByRole('button', { name: 'Undo the sync' }).click()
    await expect(dialog).toContainText(`${answered} of ${files}`)
    await page.keyboard.press('Escape')
    await page.keyboard.press('ControlOrMeta+1')
    await expect(dialog.getByRole('button', { name: 'Close' })).toBeDisabled()
    if (host.electron !== null) {
      const { tried, asked } = await staysWhenAsked(host.electron)
      expect(asked).toBe(tried)
    }
    await window.onePicture(host, '75-undo-running', { width: 1280, height: 800, scheme: 'light' })
    await dialog.getByRole('button', { name: 'Stop' }).click()
  })

  await test.step('stopped, it says how much was done', async () => {
    await expect(dialog.getByText('The undo was stopped')).toBeVisible()
    await expect(dialog).toContainText(`${answered} of ${files} removed.`)
    gate.rule = () => 'pass'
    expect(await service.keys(bucket)).toHaveLength(files - answered)
    await window.picture(host, '76-undo-stopped')
    await dialog.locator('.dialog-footer').getByRole('button', { name: 'Close' }).click()
    await expect(dialog).toBeHidden()
  })

  await test.step('the pane does not speak any more as if all of it were there, and the rest can be undone', async () => {
    await expect(page.getByText(`${files} files uploaded.`)).toBeHidden()
    await page.getByRole('tab', { name: /History/ }).click()
    await expect(page.getByRole('grid', { name: 'History' }).getByText('Undone in part')).toBeVisible()
    await page.getByRole('button', { name: 'Undo last sync…' }).click()
    await expect(dialog.getByText(`${files - answered} will be removed.`)).toBeVisible()
    await dialog.getByRole('button', { name: 'Undo the sync' }).click()
    await expect(dialog).toBeHidden()
    await expect(
      page.getByRole('grid', { name: 'History' }).getByText('Undone', { exact: true }),
    ).toBeVisible()
    expect(await service.keys(bucket)).toEqual([])
  })
  expect(host.complaints).toEqual([])
  await gate.close()
})
