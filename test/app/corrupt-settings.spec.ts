import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'playwright/test'
import { startHost } from './host.ts'
import * as profiles from './profile-steps.ts'
import { test } from './service.ts'

/** A line of the list of transfers whose checksum does not fit. */
const lostUpload =
  '["0000000000000000",{"t":"add","id":"transfer_1","name":"lost.bin","work":{"direction":"upload"}}]\n'

for (const [what, content, words] of [
  ['torn', '{"version":1,"preferences":{"theme":"dark"},"profiles":[{"id":"a', 'is not complete'],
  ['of a newer Pail', '{"version":3,"everything":"is different"}', 'was written by a newer Pail'],
  ['not of its form', '{"version":1,"profiles":"none"}', 'does not have the expected form'],
] as const) {
  test(`F42 settings that are ${what} are set aside and told, and nothing is overwritten`, async ({
    kind,
    workFolder,
    service,
  }) => {
    const userData = join(workFolder, 'user-data')
    await mkdir(userData)
    await writeFile(join(userData, 'settings.json'), content)
    await mkdir(join(userData, 'transfers'))
    await writeFile(join(userData, 'transfers', 'app.journal'), lostUpload)
    const host = await startHost(kind, userData)
    try {
      const notice = () => host.page.getByRole('status').filter({ hasText: `The settings file ${words}` })
      await expect(notice()).toBeVisible()
      const aside = /“(settings\.[^”]+\.json)”/.exec(await notice().innerText())?.[1] ?? ''
      expect(await readFile(join(userData, aside), 'utf8')).toBe(content)
      await notice().getByRole('button', { name: 'Dismiss' }).click()
      await expect(notice()).toBeHidden()

      // The same of the list of transfers: what was lost, and what to do.
      const lost = host.page.getByRole('status').filter({ hasText: 'list of transfers' })
      await expect(lost).toContainText(
        'No longer on it: “lost.bin”. Start it again. What could not be read was kept as “app.journal.damaged”',
      )
      expect(await readFile(join(userData, 'transfers', 'app.journal.damaged'), 'utf8')).toBe(lostUpload)
      await lost.getByRole('button', { name: 'Dismiss' }).click()
      await expect(lost).toBeHidden()

      // Pail works on, and what was set aside stays.
      await profiles.connect(host, { name: 'Set up again', endpoint: service.endpoint })
      await host.restart()
      await expect(profiles.profileButton(host.page, 'Set up again')).toBeVisible()
      await expect(notice()).toBeHidden()
      expect(await readFile(join(userData, aside), 'utf8')).toBe(content)
      expect((await readdir(userData)).filter((name) => /^settings\..+\.json$/.test(name))).toEqual([aside])
      expect(host.complaints).toEqual([])
    } finally {
      await host.close()
    }
  })
}
